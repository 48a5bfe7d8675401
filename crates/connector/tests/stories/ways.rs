//! The ways in which documents come out of SYSPRO and numbers go back: each story can be told for all of them.
//!
//! Two transports, two ways of reading and four kinds of document make sixteen combinations; eight hold every pair of
//! them.

/// Tells a story for every pair of transport, way of reading and source.
macro_rules! in_every_way {
    ($($story:ident)*) => {$(
        mod $story {
            use super::*;

            macro_rules! way {
                ($name:ident, $transport:literal, $odata:literal, $source:ident) => {
                    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
                    async fn $name() {
                        super::$story(Way { transport: $transport, odata: $odata, source: Source::$source }).await;
                    }
                };
            }

            way!(notes_by_rest_and_odata, "rest", true, DispatchNotes);
            way!(notes_by_soap_alone, "soap", false, DispatchNotes);
            way!(orders_by_soap_and_odata, "soap", true, SalesOrders);
            way!(orders_by_rest_alone, "rest", false, SalesOrders);
            way!(invoices_by_rest_and_odata, "rest", true, Invoices);
            way!(invoices_by_soap_alone, "soap", false, Invoices);
            way!(purchases_by_soap_and_odata, "soap", true, PurchaseOrders);
            way!(purchases_by_rest_alone, "rest", false, PurchaseOrders);
        }
    )*};
}
