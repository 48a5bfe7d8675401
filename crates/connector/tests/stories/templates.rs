//! A site's own templates: SYSPRO gets the documents that the site wrote, from every node.

use connector::config::{SiteFile, templates_of};
use syspro::Templates;

use crate::dock::{Dock, hours, note};

fn shipped(name: &str) -> String {
    Templates::shipped_text(name).expect("a shipped template").to_owned()
}

/// The company's clerks look for the tracking number in the customer's order number, so its template writes it there as
/// well. The folder is needed when the site is applied, and never again.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_changed_template_is_what_syspro_gets() {
    let own = shipped("SORTDH").replace("{{customer_po_number?}}", "{{user_field_1?}}");
    let dock = Dock::set_up().template("SORTDH", own).open().await;
    std::fs::remove_dir_all(dock.template_folder()).expect("removed");
    dock.app.load_sites().await.expect("loaded without the folder");
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number());
    assert_eq!(dock.field_in_syspro("700", "CustomerPoNumber"), dock.only_tracking_number());
    dock.until_quiet().await;
}

/// A template without a place for the tracking number: nothing is dropped silently, a person is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_template_without_a_place_for_the_number_is_told() {
    let own = shipped("SORTDH").replace("<UserField1>{{user_field_1?}}</UserField1>", "");
    let dock = Dock::set_up().template("SORTDH", own).open().await;
    dock.releases([note("700")]);
    dock.advance(hours(1)).await;
    let hold = dock.hold_of("700").await;
    assert_eq!(hold.code(), "write_back_refused");
    assert!(hold.words().contains("template SORTDH: has no place for user_field_1"), "{}", hold.words());
    dock.until_quiet().await;
}

/// A slip of the pen is told with its file and line before anything is stored.
#[test]
fn a_fault_in_a_template_names_file_and_line() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("own")).expect("a folder");
    let file = SiteFile::TEMPLATE.replace("#templates = \"templates\"", "templates = \"own\"");
    let site = SiteFile::parse(&file).expect("a site");
    let told = |name: &str, text: &str| {
        std::fs::write(folder.path().join("own").join(name), text).expect("written");
        let told = templates_of(&site, folder.path()).map_err(|error| error.to_string());
        std::fs::remove_file(folder.path().join("own").join(name)).expect("removed");
        told
    };
    let misspelt = told("SORTDH.xml", &shipped("SORTDH").replace("{{user_field_2?}}", "{{user_feild_2?}}"));
    let misspelt = misspelt.expect_err("no such slot");
    assert!(misspelt.contains("own/SORTDH.xml, line 18: there is no slot user_feild_2"), "{misspelt}");
    let unclosed = told("comsfm.xml", &shipped("COMSFM").replace("</Item>", "")).expect_err("not closed");
    assert!(
        unclosed.contains("own/comsfm.xml, line 22: not xml in template/document/SetupCustomForm/Item"),
        "{unclosed}"
    );
    let strange = told("SORTXX.xml", "<template/>").expect_err("a stranger");
    assert!(strange.contains("own/SORTXX.xml: there is no template SORTXX; there are ARSQMA"), "{strange}");
    assert!(told("notes.txt", "not a template").expect("nothing to read").is_empty());
}
