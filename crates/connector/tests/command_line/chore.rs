//! `chore`: what runs by itself, and a person's word about it.

use crate::Desk;

/// A reading is seen, let rest, refused meanwhile by name, and resumed.
#[tokio::test(flavor = "multi_thread")]
async fn a_reading_is_seen_paused_and_resumed() {
    let desk = Desk::applied(4).await;
    assert_eq!(desk.run(&["sync"]).await.code.map(|code| code <= 2), Some(true));
    let listed = desk.run(&["chore", "list", "--json"]).await;
    assert_eq!(listed.code, Some(0), "{}", listed.err);
    let row = listed.value();
    assert_eq!((row["chore"].as_str(), row["schedule"].as_str()), (Some("poll:dispatch_notes"), Some("every 1m")));
    assert!(row["next_due"].is_string() && row["well"] == true, "{row}");

    let chore = ["poll:dispatch_notes"];
    let said = |words: &[&'static str]| words.iter().copied().chain(chore).collect::<Vec<_>>();
    let paused = desk.run(&[said(&["chore", "pause"]), vec!["--reason", "stock taking"]].concat()).await;
    assert_eq!(paused.code, Some(0), "{}", paused.err);
    let refused = desk.run(&said(&["chore", "run"])).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("was paused by ann (stock taking); resume it first"), "{}", refused.err);
    assert_eq!(desk.run(&["chore", "list"]).await.code, Some(2), "one is paused");
    let shown = desk.run(&["site", "show"]).await.out;
    assert!(shown.contains("paused by ann"), "{shown}");

    let resumed = desk.run(&said(&["chore", "resume", "--json"])).await.value();
    assert_eq!(resumed["resumed"], true);
    let ran = desk.run(&said(&["chore", "run", "--json"])).await;
    assert_eq!((ran.code, ran.value()["well"].as_bool()), (Some(0), Some(true)));
    let unknown = desk.run(&["chore", "run", "poll:invoices"]).await;
    assert!(unknown.err.contains("there are poll:dispatch_notes"), "{}", unknown.err);
}
