//! Printing: labels in a folder or on a raw printer, as often as wished, bought once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use connector::engine::wishes::Wish;
use sandbox::{Call, Fault, Kind};
use shipment::alarm::Kind as Alarm;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket};

use crate::dock::{Dock, SetUp, hours, minutes, note};

/// A label printer on port 9100's manner: it takes bytes and says nothing.
struct RawPrinter {
    address: String,
    received: Arc<AtomicUsize>,
}

impl RawPrinter {
    fn on(listener: TcpListener) -> Self {
        let address = listener.local_addr().expect("an address").to_string();
        let received = Arc::new(AtomicUsize::new(0));
        let printer = Self { address, received: Arc::clone(&received) };
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut paper = Vec::new();
                // What came before a broken connection is on paper too.
                let _ = stream.read_to_end(&mut paper).await;
                received.fetch_add(paper.len(), Ordering::SeqCst);
            }
        });
        printer
    }

    fn bytes(&self) -> usize {
        self.received.load(Ordering::SeqCst)
    }
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

fn printing_to(address: &str) -> SetUp {
    Dock::set_up().setting("printer.0.kind", "raw").setting("printer.0.address", address).without("printer.0.path")
}

/// UPS's answer with a label of several megabytes: more than both ends of a connection keep in memory.
fn a_huge_label() -> Kind {
    let number = "1ZA1B2C30300000010";
    let image = base64::engine::general_purpose::STANDARD.encode(vec![b'^'; 6_000_000]);
    let answer = serde_json::json!({"ShipmentResponse": {
        "Response": {"ResponseStatus": {"Code": "1", "Description": "Success"}},
        "ShipmentResults": {
            "ShipmentIdentificationNumber": number,
            "ShipmentCharges": {"TotalCharges": {"CurrencyCode": "USD", "MonetaryValue": "16.37"}},
            "PackageResults": [{
                "TrackingNumber": number,
                "ShippingLabel": {"ImageFormat": {"Code": "ZPL"}, "GraphicImage": image},
            }],
        },
    }});
    Kind::Text(200, answer.to_string())
}

/// A label appears in the folder under a name that says whose it is, whole, and printing again adds a marked copy once.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_reprint_is_marked_and_buys_nothing() {
    let dock = Dock::open().await;
    dock.releases([note("700")]);
    dock.settle().await;
    let number = dock.only_tracking_number();
    let first = format!("000000000000700_{number}.zpl");
    assert!(dock.labels_in_folder().into_iter().eq([first.clone()]));
    let label = std::fs::read(dock.label_folder().join(&first)).expect("a label");
    assert!(label.starts_with(b"^XA"), "{:?}", String::from_utf8_lossy(&label[..20]));

    for _ in 0..3 {
        dock.wishes_because("700", Wish::Print, "jammed").await;
    }
    assert_eq!(dock.labels_in_folder().len(), 2);
    assert!(dock.labels_in_folder().contains(&format!("000000000000700_{number}-reprint.zpl")));
    dock.until_quiet().await;
    assert_eq!(dock.ledger().labels.len(), 1);
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// The folder cannot be written: the label waits, everything else goes on, and it is printed later.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_folder_that_cannot_be_written_is_tried_again() {
    let dock = Dock::open().await;
    std::fs::write(dock.label_folder(), "a file where the folder should be").expect("written");
    dock.releases([note("700")]);
    dock.advance(minutes(30)).await;
    assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number(), "the rest goes on");
    std::fs::remove_file(dock.label_folder()).expect("removed");
    dock.until_quiet().await;
    assert_eq!(dock.labels_in_folder().len(), 1);
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// A raw printer gets the label's bytes and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_raw_printer_gets_the_label() {
    let printer = RawPrinter::on(listener().await);
    let dock = printing_to(&printer.address).open().await;
    dock.releases([note("700")]);
    dock.until_quiet().await;
    let row = dock.shipment("700").await;
    let labels = dock.app.store.labels_of(&dock.site, row.id).await.expect("a store");
    assert_eq!(printer.bytes(), labels[0].label.bytes.len());
    assert!(dock.audit_of("700").await.contains(&format!("1 label delivered to {}", printer.address)));
}

/// Nobody listens at the printer's address: nothing was sent, so it is tried again until somebody does.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_printer_that_is_off_is_tried_again() {
    let reserved = listener().await;
    let address = reserved.local_addr().expect("an address").to_string();
    drop(reserved);
    let dock = printing_to(&address).open().await;
    dock.releases([note("700")]);
    dock.advance(hours(3)).await;
    assert!(dock.state_of("700").await.hold().is_none());
    let told = dock.events_of("700").await.into_iter().filter(|it| it == "label_later").count();
    assert_eq!(told, 1, "said once, tried often");
    assert_eq!(dock.alarm_kinds().await, [Alarm::PrinterAway]);

    let printer = RawPrinter::on(TcpListener::bind(&address).await.expect("the port is still free"));
    dock.until_quiet().await;
    assert!(printer.bytes() > 0);
    assert_eq!(dock.ledger().labels.len(), 1);
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.alarm_kinds().await, []);
}

/// The connection breaks in the middle of a label: perhaps it is out. A person looks; nothing prints by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn labels_that_may_be_out_are_a_persons_matter() {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(1_024).expect("a small memory");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let listener = socket.listen(4).expect("listening");
    let address = listener.local_addr().expect("an address").to_string();
    let breaks = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut first = [0_u8; 16];
        stream.read_exact(&mut first).await.expect("some bytes");
        // Unread bytes are waiting, so closing now resets the connection.
        drop(stream);
        listener
    });
    let dock = printing_to(&address).fault(Fault::before(Call::Ship, a_huge_label())).open().await;
    dock.releases([note("700")]);
    dock.settle().await;
    assert_eq!(dock.held_because("700").await, "maybe_printed");
    assert_ne!(dock.tracking_in_syspro("700"), "", "the rest goes on");
    dock.advance(hours(1)).await;
    assert_eq!(dock.held_because("700").await, "maybe_printed");

    let printer = RawPrinter::on(breaks.await.expect("a listener"));
    dock.wishes_because("700", Wish::Print, "only half came out").await;
    assert!(dock.audit_of("700").await.contains(&format!("1 label delivered again to {}", printer.address)));
    assert!(dock.state_of("700").await.hold().is_none());
    assert_eq!(dock.asked(&Call::Ship), 1, "a reprint buys nothing");
}

/// Without a printer labels stay in the store, and nothing waits for one.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_a_printer_labels_stay_in_the_store() {
    let dock = Dock::set_up().without("ship_from.0.printer").open().await;
    dock.releases([note("700")]);
    dock.until_quiet().await;
    assert!(dock.labels_in_folder().is_empty());
    let row = dock.shipment("700").await;
    assert_eq!(dock.app.store.labels_of(&dock.site, row.id).await.expect("a store").len(), 1);
    assert_eq!(dock.stage_of("700").await, "delivered");
}
