//! Workbooks, built from the least that one has.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::io::Write;

use proptest::{collection::vec, prelude::*};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::{Dialect, Kind, Position, Rows, sniff};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
/// The third format is of a date, the fourth of a date with a time, the fifth of a duration.
const STYLES: &str = r#"<numFmts count="2"><numFmt numFmtId="164" formatCode="dd/mm/yyyy hh:mm"/><numFmt numFmtId="165" formatCode="[h]:mm:ss"/></numFmts>
<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="49"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>"#;

fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(br#"<?xml version="1.0" encoding="UTF-8"?>"#).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A workbook of sheets: state and rows of each; and of the texts that they share.
fn workbook(sheets: &[(&str, &str)], shared: &[&str]) -> Vec<u8> {
    let numbered = || sheets.iter().zip(1..);
    let listed: String = numbered()
        .map(|((state, _), n)| format!(r#"<sheet name="S{n}" sheetId="{n}" state="{state}" r:id="rId{n}"/>"#))
        .collect();
    let related: String = numbered()
        .map(|(_, n)| format!(r#"<Relationship Id="rId{n}" Type="{REL}/worksheet" Target="worksheets/sheet{n}.xml"/>"#))
        .collect();
    let texts: String = shared.iter().map(|text| format!("<si><t>{text}</t></si>")).collect();
    let relationships = "http://schemas.openxmlformats.org/package/2006/relationships";
    let root = format!(r#"<Relationship Id="rId1" Type="{REL}/officeDocument" Target="xl/workbook.xml"/>"#);
    let parts = [
        ("[Content_Types].xml", "<Types/>".to_owned()),
        ("_rels/.rels", format!(r#"<Relationships xmlns="{relationships}">{root}</Relationships>"#)),
        (
            "xl/workbook.xml",
            format!(r#"<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets>{listed}</sheets></workbook>"#),
        ),
        ("xl/_rels/workbook.xml.rels", format!(r#"<Relationships xmlns="{relationships}">{related}</Relationships>"#)),
        ("xl/styles.xml", format!(r#"<styleSheet xmlns="{MAIN}">{STYLES}</styleSheet>"#)),
        ("xl/sharedStrings.xml", format!(r#"<sst xmlns="{MAIN}">{texts}</sst>"#)),
    ];
    let mut parts: Vec<_> = parts.map(|(name, text)| (name.to_owned(), text)).into();
    for ((_, rows), n) in numbered() {
        let sheet = format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>"#);
        parts.push((format!("xl/worksheets/sheet{n}.xml"), sheet));
    }
    let parts: Vec<_> = parts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    zipped(&parts)
}

fn csv(rows: &str) -> String {
    String::from_utf8(xlsx_to_csv(workbook(&[("visible", rows)], &["shared", "a, b"])).unwrap()).unwrap()
}

/// A row of texts.
fn inline(row: usize, cells: &[&str]) -> String {
    let cell = |text: &&str| format!(r#"<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>"#);
    format!(r#"<row r="{row}">{}</row>"#, cells.iter().map(cell).collect::<String>())
}

#[test]
fn texts_are_read_from_the_cell_and_from_what_cells_share() {
    let rows = format!(
        r#"{}<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="str"><v>made</v></c></row>"#,
        inline(1, &["lead_id", "Zoë", "say &quot;no&quot;"])
    );
    assert_eq!(csv(&rows), "lead_id,Zoë,\"say \"\"no\"\"\"\nshared,\"a, b\",made");
}

#[test]
fn numbers_have_all_their_digits_up_to_fifteen_and_longer_ones_are_rounded() {
    let cells = ["447000000000", "4.47E+11", "7", "7.0", "-3", "0.1", "12.50", "123456789012345", "-0"];
    let cells: String = cells.iter().map(|number| format!("<c><v>{number}</v></c>")).collect();
    assert_eq!(csv(&format!("<row>{cells}</row>")), "447000000000,447000000000,7,7,-3,0.1,12.5,123456789012345,0");
    let cells = ["1E+15", "1234567890123456", "1.2345678901234501E+18", "-2000000000000000", "8944000000000000000"];
    let cells: String = cells.iter().map(|number| format!("<c><v>{number}</v></c>")).collect();
    assert_eq!(csv(&format!("<row>{cells}</row>")), "1E+15,1.23456789012346E+15,1.23456789012345E+18,-2E+15,8.944E+18");
}

#[test]
fn dates_are_written_as_iso_8601() {
    let cells = [(2, "46331"), (3, "46331.5729166667"), (3, "46331"), (3, "0.25"), (4, "1.5"), (2, "-1")];
    let cells: String = cells.iter().map(|(style, value)| format!(r#"<c s="{style}"><v>{value}</v></c>"#)).collect();
    let iso = r#"<c t="d"><v>2026-11-05</v></c>"#;
    assert_eq!(
        csv(&format!("<row>{cells}{iso}</row>")),
        "2026-11-05,2026-11-05T13:45:00,2026-11-05,06:00:00,1.5,-1,2026-11-05"
    );
}

#[test]
fn truths_errors_and_formulas_are_what_the_sheet_shows() {
    let cells = r#"<c t="b"><v>1</v></c><c t="b"><v>0</v></c><c t="e"><v>#N/A</v></c><c><f>1+1</f><v>2</v></c>"#;
    assert_eq!(csv(&format!("<row>{cells}</row>")), "TRUE,FALSE,#N/A,2");
}

#[test]
fn empty_rows_and_cells_keep_their_places() {
    let rows = r#"<row r="3"><c r="B3"><v>1</v></c><c r="C3"/><c r="E3"><v>2</v></c></row><row r="4"/><row r="6"><c r="A6"><v>3</v></c></row>"#;
    assert_eq!(csv(rows), "\n\n,1,,,2\n\n\n3");
    let mut reader = Rows::new(&Dialect::default(), Position::default());
    reader.push(csv(rows).as_bytes());
    reader.finish();
    assert_eq!(std::iter::from_fn(|| reader.next_row()).map(|row| row.number).collect::<Vec<_>>(), [3, 6]);
}

#[test]
fn line_ends_in_cells_are_kept_unless_nobody_could_read_the_row() {
    assert_eq!(csv(&inline(1, &["a&#10;b", "c"])), "\"a\nb\",c");
    let long = "x&#10;".repeat(40_000);
    let written = csv(&(inline(1, &[&long]) + &inline(2, &["below"])));
    assert_eq!(written.lines().nth(1), Some("below"));
}

#[test]
fn the_one_sheet_that_can_be_seen_and_has_cells_is_read() {
    let row = |text| inline(1, &[text]);
    let empty = || r#"<row r="1"><c r="A1"/></row>"#.to_owned();
    let sheets = [
        ("hidden", row("hidden")),
        ("veryHidden", row("very")),
        ("visible", empty()),
        ("visible", row("seen")),
        ("visible", empty()),
        ("visible", row("later")),
    ];
    let sheets: Vec<_> = sheets.iter().map(|(state, rows)| (*state, rows.as_str())).collect();
    assert_eq!(xlsx_to_csv(workbook(&sheets[..5], &[])).unwrap(), b"seen");
    assert_eq!(xlsx_to_csv(workbook(&sheets[..3], &[])), Err(NotATable::Empty));
    assert_eq!(xlsx_to_csv(workbook(&sheets, &[])), Err(NotATable::SeveralSheets));
}

#[test]
fn a_sheet_with_cells_in_rows_that_nobody_sees_is_refused() {
    let sheet = |row: &str| format!(r#"{}<row r="2"{row}<row r="3"><c r="A3"><v>3</v></c></row>"#, inline(1, &["id"]));
    let told = |row: &str| xlsx_to_csv(workbook(&[("visible", &sheet(row))], &["shared"]));
    for hidden in [
        r#" spans="1:3" hidden="1"><c r="A2"><v>2</v></c></row>"#,
        r#" hidden="true" ht="15"><c r="A2" t="inlineStr"><is><t xml:space="preserve">2</t></is></c></row>"#,
        r#" hidden='1'><c r="A2"/><c r="B2" t="s"><v>0</v></c></row>"#,
    ] {
        assert_eq!(told(hidden), Err(NotATable::HiddenRows), "{hidden}");
    }
    for seen in [
        r#" hidden="0"><c r="A2"><v>2</v></c></row>"#,
        r#" hidden="1"/>"#,
        r#" hidden="1"><c r="A2" s="1"/><c r="B2"><v/></c></row>"#,
    ] {
        assert!(told(seen).is_ok(), "{seen}");
    }
}

#[test]
fn a_row_is_seen_to_be_hidden_however_it_comes_in_pieces() {
    let sheet = br#"<x:row r="1" hidden="1"><x:c><x:v>1</x:v></x:c></x:row>"#;
    for at in 0..sheet.len() {
        let mut hidden = HiddenRows::default();
        hidden.write_all(&sheet[..at]).unwrap();
        hidden.write_all(&sheet[at..]).unwrap();
        assert!(hidden.has_cells(), "{at}");
    }
}

#[test]
fn a_workbook_is_told_by_its_beginning() {
    assert_eq!(sniff(&workbook(&[("visible", "")], &[]), true), Ok(Kind::Xlsx));
}

#[test]
fn a_workbook_that_is_too_large_is_refused_before_it_is_read() {
    assert_eq!(xlsx_to_csv(vec![0; usize::try_from(MAX_XLSX_BYTES).unwrap() + 1]), Err(NotATable::TooLarge));
    let shared = "x".repeat(1024 * 1024);
    let file = workbook(&[("visible", "")], &vec![shared.as_str(); 33]);
    assert!(file.len() < 1024 * 1024, "a bomb is small");
    assert_eq!(xlsx_to_csv(file), Err(NotATable::TooLarge));
}

#[test]
fn a_part_that_says_it_is_small_is_measured() {
    let shared = "x".repeat(1024 * 1024);
    let mut file = workbook(&[("visible", "")], &vec![shared.as_str(); 33]);
    let name = b"xl/sharedStrings.xml";
    let directory = file.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let at = directory + file[directory..].windows(name.len()).position(|window| window == name).unwrap();
    // The size stands 22 bytes before the name in the directory.
    file[at - 22..at - 18].copy_from_slice(&100u32.to_le_bytes());
    assert!(matches!(xlsx_to_csv(file), Err(NotATable::TooLarge | NotATable::BrokenXlsx)));
}

#[test]
fn texts_that_are_said_to_be_many_get_no_room_before_they_are_there() {
    for count in ["99999999999", "18446744073709551615", "+400000000"] {
        let shared = format!("<!-- <si> --><sst a=\"b\" uniqueCount = '{count}'/>");
        let file = zipped(&[("_rels/.rels", "<Relationships/>"), ("xl/SharedStrings.xml", &shared)]);
        assert_eq!(measure(&file), Err(NotATable::BrokenXlsx), "{count}");
    }
    let usual = zipped(&[("xl/sharedStrings.xml", r#"<sst count="2" uniqueCount="1"><si><t>a</t></si></sst>"#)]);
    assert_eq!(measure(&usual), Ok(()));
}

#[test]
fn a_sheet_that_would_be_too_much_csv_is_refused() {
    let shared = "x".repeat(30_000);
    let cells = r#"<c t="s"><v>0</v></c>"#.repeat(3_000);
    assert_eq!(
        xlsx_to_csv(workbook(&[("visible", &format!("<row>{cells}</row>"))], &[&shared])),
        Err(NotATable::TooLarge)
    );
}

#[test]
fn cells_outside_of_a_sheet_or_out_of_order_are_broken() {
    for cells in [
        r#"<c r="A1"><v>1</v></c><c r="A1"><v>2</v></c>"#,
        r#"<c r="B2"><v>1</v></c><c r="A1"><v>2</v></c>"#,
        r#"<c r="XFE1"><v>1</v></c>"#,
        r#"<c r="A1048577"><v>1</v></c>"#,
        r#"<c r="ZZZZZZZZZZ1"><v>1</v></c>"#,
        r#"<c t="s"><v>77</v></c>"#,
    ] {
        let file = workbook(&[("visible", &format!("<row>{cells}</row>"))], &[]);
        assert_eq!(xlsx_to_csv(file), Err(NotATable::BrokenXlsx), "{cells}");
    }
}

#[test]
fn what_is_no_workbook_is_broken() {
    for file in [Vec::new(), b"PK\x03\x04".to_vec(), zipped(&[("word/document.xml", "<w/>")])] {
        assert_eq!(xlsx_to_csv(file), Err(NotATable::BrokenXlsx));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_damaged_workbook_is_read_or_refused(
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<prop::sample::Index>(),
        is_cut: bool,
    ) {
        let mut file = workbook(&[("visible", &inline(1, &["a", "b"]))], &["shared"]);
        for (at, byte) in &damage {
            let at = at.index(file.len());
            file[at] = *byte;
        }
        if is_cut {
            file.truncate(end.index(file.len()));
        }
        let _ = xlsx_to_csv(file);
    }

    #[test]
    fn damaged_tags_are_read_or_refused(
        cells in vec(prop::sample::select(vec![
            "<row>", "</row>", "<row r=\"", "<c", " r=\"", "A1", "\"", ">", "/>", "</c>", "<v>", "</v>", "99999999999", "-1", " t=\"s\"",
            " t=\"d\"", " s=\"2\"", " s=\"99\"", "<is>", "<t>", "</t>", "</is>", "&", "&amp;", "&#0;", "é", "<f>", "1e400", "AAAA0",
        ]), 0..30),
    ) {
        let _ = xlsx_to_csv(workbook(&[("visible", &cells.concat())], &["shared"]));
    }
}
