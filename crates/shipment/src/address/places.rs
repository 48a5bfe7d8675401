//! What is known of countries: their codes and names, their states, postal codes, phones and post boxes.
//!
//! Short tables on purpose. A country's name that is not here is asked about, and a site adds its own names
//! to its map; a two- or three-letter ISO 3166 code is always understood.

use std::sync::LazyLock;

use regex::Regex;

/// The two-letter code for a country's code or name, whatever its case.
pub(super) fn country(text: &str) -> Option<&'static str> {
    let wanted = text.trim().to_uppercase().replace('.', "");
    let codes = || ISO.split_whitespace().map(|codes| codes.split_at(2));
    let by_code = || codes().find(|(two, three)| *two == wanted || *three == wanted).map(|(two, _)| two);
    NAMES.iter().find(|(name, _)| *name == wanted).map(|(_, code)| *code).or_else(by_code)
}

/// Islands that UPS keeps as countries of their own although they are states in American address books.
pub(super) fn island(country: &str, state: &str) -> Option<&'static str> {
    let state = state.trim().to_uppercase();
    let islands = ["PR", "VI", "GU", "AS", "MP"];
    if country != "US" {
        return None;
    }
    islands.into_iter().find(|island| *island == state || (*island == "PR" && state == "PUERTO RICO"))
}

/// The state as UPS has it: two letters in the United States and Canada, as it was elsewhere. `None` when it
/// is missing or unknown where it is needed.
pub(super) fn state(country: &str, text: &str) -> Option<String> {
    let table = match country {
        "US" => STATES,
        "CA" => PROVINCES,
        "PR" | "VI" | "GU" | "AS" | "MP" => return Some(country.to_owned()),
        _ => return Some(text.to_owned()),
    };
    let wanted = text.trim().to_uppercase().replace('.', "");
    table.iter().find(|(code, name)| *code == wanted || *name == wanted).map(|(code, _)| (*code).to_owned())
}

/// Whether addresses in a country have postal codes at all.
pub(super) fn has_postal_codes(country: &str) -> bool {
    const NONE: &[&str] = &[
        "AE", "AG", "AN", "AO", "AW", "BF", "BI", "BJ", "BO", "BS", "BW", "BZ", "CD", "CF", "CG", "CI", "CK", "CM",
        "CW", "DJ", "DM", "ER", "FJ", "GA", "GD", "GH", "GM", "GQ", "GY", "HK", "IE", "JM", "KI", "KM", "KN", "LC",
        "LY", "ML", "MO", "MR", "MW", "NR", "PA", "QA", "RW", "SB", "SC", "SL", "SR", "ST", "SX", "SY", "TD", "TG",
        "TK", "TL", "TO", "TV", "UG", "VU", "YE", "ZW",
    ];
    !NONE.contains(&country)
}

/// The postal code as UPS wants it; `None` when it cannot be one of that country.
///
/// United States and Puerto Rico: five or nine digits. A four-digit code lost a leading zero somewhere, and
/// which one was meant is not ours to say. Canada: `A1A1A1`. Mexico: five digits. Elsewhere as it is.
pub(super) fn postal_code(country: &str, text: &str) -> Option<String> {
    let joined: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect::<String>().to_uppercase();
    let digits = joined.bytes().all(|byte| byte.is_ascii_digit());
    match country {
        "US" | "PR" | "VI" | "GU" | "AS" | "MP" => (digits && matches!(joined.len(), 5 | 9)).then_some(joined),
        "MX" => (digits && joined.len() == 5).then_some(joined),
        "CA" => CANADIAN.is_match(&joined).then_some(joined),
        _ => Some(text.to_uppercase()),
    }
}

/// Canada never uses D, F, I, O, Q and U, nor W and Z in front.
static CANADIAN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z][0-9][ABCEGHJ-NPRSTV-Z][0-9]$").expect("it compiles")
});

/// The digits to dial, without extension; `None` when it cannot be dialled. In North America UPS takes exactly
/// ten digits, elsewhere up to fifteen.
pub(super) fn phone(country: &str, text: &str) -> Option<String> {
    let number = text.split(|c: char| c.is_ascii_alphabetic() || c == '#').next().unwrap_or("");
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    match country {
        "US" | "PR" | "CA" | "VI" => {
            let national = digits.strip_prefix('1').filter(|rest| rest.len() == 10).unwrap_or(&digits);
            (national.len() == 10).then(|| national.to_owned())
        }
        _ => (7..=15).contains(&digits.len()).then_some(digits),
    }
}

/// Whether a street line names a post office box.
pub(super) fn names_po_box(line: &str) -> bool {
    static BOX: LazyLock<Regex> = LazyLock::new(|| {
        let words = [
            r"\bp\.?\s*o\.?\s*box\b",
            r"\bp\.?\s*o\.?\s*b\.?\s*#?\s*\d",
            r"\bpost(al)?\s+(office\s+)?box\b",
            r"\bpobox",
            r"\bpost\s+office\s+drawer\b",
            r"\bp\.?\s*o\.?\s*drawer\b",
            r"\bapartado\s+postal\b",
            r"\bcase\s+postale\b",
        ];
        Regex::new(&format!("(?i){}", words.join("|"))).expect("it compiles")
    });
    BOX.is_match(line)
}

/// Whether city or state is a military or diplomatic post office's.
pub(super) fn is_military(city: &str, state: &str) -> bool {
    let is_one_of = |text: &str, codes: &[&str]| codes.iter().any(|code| text.trim().eq_ignore_ascii_case(code));
    is_one_of(city, &["APO", "FPO", "DPO"]) || is_one_of(state, &["AA", "AE", "AP"])
}

const NAMES: &[(&str, &str)] = &[
    ("AMERICA", "US"),
    ("ARGENTINA", "AR"),
    ("AUSTRALIA", "AU"),
    ("AUSTRIA", "AT"),
    ("BELGIUM", "BE"),
    ("BRAZIL", "BR"),
    ("CANADA", "CA"),
    ("CHILE", "CL"),
    ("CHINA", "CN"),
    ("COLOMBIA", "CO"),
    ("COSTA RICA", "CR"),
    ("CZECH REPUBLIC", "CZ"),
    ("CZECHIA", "CZ"),
    ("DENMARK", "DK"),
    ("DOMINICAN REPUBLIC", "DO"),
    ("ENGLAND", "GB"),
    ("FINLAND", "FI"),
    ("FRANCE", "FR"),
    ("GERMANY", "DE"),
    ("GREAT BRITAIN", "GB"),
    ("GREECE", "GR"),
    ("GUAM", "GU"),
    ("HONG KONG", "HK"),
    ("HUNGARY", "HU"),
    ("INDIA", "IN"),
    ("IRELAND", "IE"),
    ("ISRAEL", "IL"),
    ("ITALY", "IT"),
    ("JAPAN", "JP"),
    ("KOREA", "KR"),
    ("MALAYSIA", "MY"),
    ("MEXICO", "MX"),
    ("MÉXICO", "MX"),
    ("NETHERLANDS", "NL"),
    ("NEW ZEALAND", "NZ"),
    ("NORTHERN IRELAND", "GB"),
    ("NORWAY", "NO"),
    ("PERU", "PE"),
    ("PHILIPPINES", "PH"),
    ("POLAND", "PL"),
    ("PORTUGAL", "PT"),
    ("PUERTO RICO", "PR"),
    ("ROMANIA", "RO"),
    ("SAUDI ARABIA", "SA"),
    ("SCOTLAND", "GB"),
    ("SINGAPORE", "SG"),
    ("SLOVAKIA", "SK"),
    ("SOUTH AFRICA", "ZA"),
    ("SOUTH KOREA", "KR"),
    ("SPAIN", "ES"),
    ("SWEDEN", "SE"),
    ("SWITZERLAND", "CH"),
    ("TAIWAN", "TW"),
    ("THAILAND", "TH"),
    ("THE NETHERLANDS", "NL"),
    ("TURKEY", "TR"),
    ("U S A", "US"),
    ("UK", "GB"),
    ("UNITED ARAB EMIRATES", "AE"),
    ("UNITED KINGDOM", "GB"),
    ("UNITED STATES", "US"),
    ("UNITED STATES OF AMERICA", "US"),
    ("VIETNAM", "VN"),
    ("WALES", "GB"),
];

const STATES: &[(&str, &str)] = &[
    ("AL", "ALABAMA"),
    ("AK", "ALASKA"),
    ("AZ", "ARIZONA"),
    ("AR", "ARKANSAS"),
    ("CA", "CALIFORNIA"),
    ("CO", "COLORADO"),
    ("CT", "CONNECTICUT"),
    ("DE", "DELAWARE"),
    ("DC", "DISTRICT OF COLUMBIA"),
    ("FL", "FLORIDA"),
    ("GA", "GEORGIA"),
    ("HI", "HAWAII"),
    ("ID", "IDAHO"),
    ("IL", "ILLINOIS"),
    ("IN", "INDIANA"),
    ("IA", "IOWA"),
    ("KS", "KANSAS"),
    ("KY", "KENTUCKY"),
    ("LA", "LOUISIANA"),
    ("ME", "MAINE"),
    ("MD", "MARYLAND"),
    ("MA", "MASSACHUSETTS"),
    ("MI", "MICHIGAN"),
    ("MN", "MINNESOTA"),
    ("MS", "MISSISSIPPI"),
    ("MO", "MISSOURI"),
    ("MT", "MONTANA"),
    ("NE", "NEBRASKA"),
    ("NV", "NEVADA"),
    ("NH", "NEW HAMPSHIRE"),
    ("NJ", "NEW JERSEY"),
    ("NM", "NEW MEXICO"),
    ("NY", "NEW YORK"),
    ("NC", "NORTH CAROLINA"),
    ("ND", "NORTH DAKOTA"),
    ("OH", "OHIO"),
    ("OK", "OKLAHOMA"),
    ("OR", "OREGON"),
    ("PA", "PENNSYLVANIA"),
    ("RI", "RHODE ISLAND"),
    ("SC", "SOUTH CAROLINA"),
    ("SD", "SOUTH DAKOTA"),
    ("TN", "TENNESSEE"),
    ("TX", "TEXAS"),
    ("UT", "UTAH"),
    ("VT", "VERMONT"),
    ("VA", "VIRGINIA"),
    ("WA", "WASHINGTON"),
    ("WV", "WEST VIRGINIA"),
    ("WI", "WISCONSIN"),
    ("WY", "WYOMING"),
];

const PROVINCES: &[(&str, &str)] = &[
    ("AB", "ALBERTA"),
    ("BC", "BRITISH COLUMBIA"),
    ("MB", "MANITOBA"),
    ("NB", "NEW BRUNSWICK"),
    ("NL", "NEWFOUNDLAND AND LABRADOR"),
    ("NS", "NOVA SCOTIA"),
    ("NT", "NORTHWEST TERRITORIES"),
    ("NU", "NUNAVUT"),
    ("ON", "ONTARIO"),
    ("PE", "PRINCE EDWARD ISLAND"),
    ("QC", "QUEBEC"),
    ("QC", "QUÉBEC"),
    ("SK", "SASKATCHEWAN"),
    ("YT", "YUKON"),
];

/// ISO 3166-1: the two letters of each country and the three, joined.
const ISO: &str = "\
    AFAFG AXALA ALALB DZDZA ASASM ADAND AOAGO AIAIA AQATA AGATG ARARG AMARM AWABW AUAUS ATAUT AZAZE \
    BSBHS BHBHR BDBGD BBBRB BYBLR BEBEL BZBLZ BJBEN BMBMU BTBTN BOBOL BQBES BABIH BWBWA BVBVT BRBRA \
    IOIOT BNBRN BGBGR BFBFA BIBDI CVCPV KHKHM CMCMR CACAN KYCYM CFCAF TDTCD CLCHL CNCHN CXCXR CCCCK \
    COCOL KMCOM CGCOG CDCOD CKCOK CRCRI CICIV HRHRV CUCUB CWCUW CYCYP CZCZE DKDNK DJDJI DMDMA DODOM \
    ECECU EGEGY SVSLV GQGNQ ERERI EEEST SZSWZ ETETH FKFLK FOFRO FJFJI FIFIN FRFRA GFGUF PFPYF TFATF \
    GAGAB GMGMB GEGEO DEDEU GHGHA GIGIB GRGRC GLGRL GDGRD GPGLP GUGUM GTGTM GGGGY GNGIN GWGNB GYGUY \
    HTHTI HMHMD VAVAT HNHND HKHKG HUHUN ISISL ININD IDIDN IRIRN IQIRQ IEIRL IMIMN ILISR ITITA JMJAM \
    JPJPN JEJEY JOJOR KZKAZ KEKEN KIKIR KPPRK KRKOR KWKWT KGKGZ LALAO LVLVA LBLBN LSLSO LRLBR LYLBY \
    LILIE LTLTU LULUX MOMAC MGMDG MWMWI MYMYS MVMDV MLMLI MTMLT MHMHL MQMTQ MRMRT MUMUS YTMYT MXMEX \
    FMFSM MDMDA MCMCO MNMNG MEMNE MSMSR MAMAR MZMOZ MMMMR NANAM NRNRU NPNPL NLNLD NCNCL NZNZL NINIC \
    NENER NGNGA NUNIU NFNFK MKMKD MPMNP NONOR OMOMN PKPAK PWPLW PSPSE PAPAN PGPNG PYPRY PEPER PHPHL \
    PNPCN PLPOL PTPRT PRPRI QAQAT REREU ROROU RURUS RWRWA BLBLM SHSHN KNKNA LCLCA MFMAF PMSPM VCVCT \
    WSWSM SMSMR STSTP SASAU SNSEN RSSRB SCSYC SLSLE SGSGP SXSXM SKSVK SISVN SBSLB SOSOM ZAZAF GSSGS \
    SSSSD ESESP LKLKA SDSDN SRSUR SJSJM SESWE CHCHE SYSYR TWTWN TJTJK TZTZA THTHA TLTLS TGTGO TKTKL \
    TOTON TTTTO TNTUN TRTUR TMTKM TCTCA TVTUV UGUGA UAUKR AEARE GBGBR USUSA UMUMI UYURY UZUZB VUVUT \
    VEVEN VNVNM VGVGB VIVIR WFWLF EHESH YEYEM ZMZMB ZWZWE";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_known_by_name_or_either_code() {
        for text in ["USA", "us", "U.S.A.", "United States"] {
            assert_eq!(country(text), Some("US"), "{text}");
        }
        assert_eq!(country("MEX"), Some("MX"));
        assert_eq!(country("Freedonia"), None);
    }

    #[test]
    fn puerto_rico_is_a_country_to_ups() {
        assert_eq!(island("US", "pr"), Some("PR"));
        assert_eq!(island("US", "CA"), None);
    }

    #[test]
    fn a_zip_that_lost_its_leading_zero_is_not_guessed() {
        assert_eq!(postal_code("US", "2139"), None);
        assert_eq!(postal_code("US", "02139-4307").as_deref(), Some("021394307"));
    }

    #[test]
    fn a_canadian_postal_code_has_letters_and_digits_in_turn() {
        assert_eq!(postal_code("CA", "m5v 3l9").as_deref(), Some("M5V3L9"));
        assert_eq!(postal_code("CA", "W5V 3L9"), None);
    }

    #[test]
    fn a_phone_number_is_ten_digits_in_north_america() {
        assert_eq!(phone("US", "+1 (510) 555-0123 ext 9").as_deref(), Some("5105550123"));
        assert_eq!(phone("US", "555-0123"), None);
        assert_eq!(phone("DE", "+49 30 123456").as_deref(), Some("4930123456"));
    }

    #[test]
    fn post_boxes_are_known_in_their_usual_spellings_and_streets_are_not_taken_for_them() {
        for line in ["P.O. Box 12", "PO BOX 12", "p o box 7", "Post Office Box 3", "POB 44", "POBOX9"] {
            assert!(names_po_box(line), "{line}");
        }
        for line in ["12 Boxwood Lane", "RR 2 Box 12", "1 Poboro St", "500 Post Road"] {
            assert!(!names_po_box(line), "{line}");
        }
    }
}
