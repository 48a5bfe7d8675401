use sandbox::*;
#[tokio::test]
async fn time() {
    let t = std::time::Instant::now();
    let mut s = Settings::new("2026-09-14T13:00:00Z".parse().unwrap());
    s.orders = 5000;
    let sb = Sandbox::start(s).await.unwrap();
    eprintln!("start {:?}", t.elapsed());
    let c = reqwest::Client::builder().no_proxy().build().unwrap();
    let keys: Vec<String> = sb.syspro().intended().iter().take(120).map(|i| format!("DispatchNote%20eq%20'{}'", i.dispatch_note)).collect();
    for q in ["MdnMaster?$filter=DispatchNoteStatus%20eq%20'5'%20or%20DispatchNoteStatus%20eq%20'7'&$select=DispatchNote&$orderby=DispatchNote&$top=1000".to_owned(), format!("MdnDetail?$filter={}&$orderby=DispatchNote,DispatchNoteLine", keys.join("%20or%20"))] {
        let t = std::time::Instant::now();
        let r = c.get(format!("{}/EDU1/{q}", sb.odata_url())).basic_auth(CREDENTIALS.odata_user, Some(CREDENTIALS.odata_password)).send().await.unwrap();
        let st = r.status(); let n = r.bytes().await.unwrap().len();
        eprintln!("{st} {n} {:?}", t.elapsed());
    }
}
