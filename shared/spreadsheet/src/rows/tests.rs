//! Rows as they stand in files of all kinds.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use super::*;
use crate::{MAX_CELLS, MAX_ROW_BYTES, Separator};

/// All rows of a file.
pub(crate) fn rows(dialect: Dialect, file: &[u8]) -> Vec<Row> {
    let mut rows = Rows::new(&dialect, Position::default());
    rows.push(file);
    rows.finish();
    std::iter::from_fn(|| rows.next_row()).collect()
}

/// The rows of a file in commas, as numbers and cells.
fn read(file: impl AsRef<[u8]>) -> Vec<(u64, Vec<String>)> {
    let numbered = |row: Row| (row.number, row.cells.iter().map(str::to_owned).collect());
    rows(Dialect::default(), file.as_ref()).into_iter().map(numbered).collect()
}

/// The numbers of the rows of a file in commas, with their faults.
fn faults(file: impl AsRef<[u8]>) -> Vec<(u64, Option<RowFault>)> {
    rows(Dialect::default(), file.as_ref()).into_iter().map(|row| (row.number, row.fault)).collect()
}

fn row(number: u64, cells: &[&str]) -> (u64, Vec<String>) {
    (number, cells.iter().map(|cell| (*cell).to_owned()).collect())
}

#[test]
fn every_line_end_ends_a_row_also_in_one_file() {
    let wanted = [row(1, &["a", "b"]), row(2, &["c", "d"]), row(3, &["e", "f"]), row(4, &["g", "h"])];
    for file in ["a,b\nc,d\ne,f\ng,h", "a,b\r\nc,d\r\ne,f\r\ng,h\r\n", "a,b\rc,d\re,f\rg,h\r", "a,b\rc,d\r\ne,f\ng,h\n"]
    {
        assert_eq!(read(file), wanted, "{file:?}");
    }
}

#[test]
fn every_separator_separates() {
    for separator in Separator::ALL {
        let file = "a,b;c".replace([',', ';'], &char::from(separator.byte()).to_string());
        let read = rows(Dialect { separator, ..Dialect::default() }, file.as_bytes());
        assert_eq!(read[0].cells, ["a", "b", "c"].into_iter().collect(), "{separator:?}");
    }
}

#[test]
fn quotes_hold_separators_line_ends_and_doubled_quotes() {
    let file = "\"a,b\",\"c\r\nd\",\"say \"\"hello\"\"\"\r\n\"\",x,\"\"\"\"\r\n";
    assert_eq!(read(file), [row(1, &["a,b", "c\r\nd", "say \"hello\""]), row(2, &["", "x", "\""])]);
}

#[test]
fn a_row_over_several_lines_is_one_row() {
    assert_eq!(read("a,\"1\n2\n3\"\nb,c\n"), [row(1, &["a", "1\n2\n3"]), row(2, &["b", "c"])]);
}

#[test]
fn quotes_inside_of_cells_are_as_they_are() {
    assert_eq!(
        read("5\" nail,a\"b\"c, \"x\"\n\"He\" said,\"q\" \n"),
        [row(1, &["5\" nail", "a\"b\"c", " \"x\""]), row(2, &["He said", "q "])]
    );
}

#[test]
fn lines_with_nothing_in_them_are_counted_and_are_no_rows() {
    let file = "\n\r\na,b\n\n,,\n  , \n\"\",\"\"\nc,d\n\n";
    assert_eq!(read(file), [row(3, &["a", "b"]), row(8, &["c", "d"])]);
    assert_eq!(read(""), []);
    assert_eq!(read("\r\n"), []);
}

#[test]
fn a_mark_and_a_sep_line_before_the_rows_are_passed_over() {
    let after = |start, file: &[u8]| {
        let rows = rows(Dialect { start, ..Dialect::default() }, file);
        (rows[0].number, rows[0].cells.get(0).unwrap().to_owned(), rows[0].end)
    };
    assert_eq!(after(3, b"\xef\xbb\xbfid,x\n"), (1, "id".to_owned(), Position { byte: 8, row: 1 }));
    assert_eq!(after(7, b"sep=,\r\nid,x\n"), (2, "id".to_owned(), Position { byte: 12, row: 2 }));
    let mut behind = Rows::new(&Dialect { start: 7, ..Dialect::default() }, Position { byte: 7, row: 0 });
    behind.push(b"id,x\n");
    assert_eq!(behind.next_row().unwrap().end, Position { byte: 12, row: 2 });
}

#[test]
fn cells_keep_their_blanks_and_lose_what_cannot_be_seen() {
    assert_eq!(read("\u{feff} a ,b\0c,\t\u{a0}d\n"), [row(1, &[" a ", "bc", "\t\u{a0}d"])]);
}

#[test]
fn a_row_that_is_not_utf_8_is_windows_1252_and_its_neighbours_are_not() {
    let file = b"Zo\xc3\xab,\xe2\x82\xac\nZo\xeb,\x80 caf\xe9\nna\xc3\xafve,x\n";
    assert_eq!(read(file), [row(1, &["Zoë", "€"]), row(2, &["Zoë", "€ café"]), row(3, &["naïve", "x"])]);
}

#[test]
fn cells_that_are_utf_8_only_when_put_together_are_not() {
    assert_eq!(read(b"a\xc3,\xa9b\n"), [row(1, &["aÃ", "©b"])]);
}

#[test]
fn utf_16_is_read_whichever_byte_is_first() {
    let text = "id,name\r\n1,Zoë 😀\r\n";
    for (encoding, bytes) in [
        (Encoding::Utf16Le, text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
        (Encoding::Utf16Be, text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ] {
        let rows = rows(Dialect { encoding, ..Dialect::default() }, &bytes);
        assert_eq!(rows[1].cells, ["1", "Zoë 😀"].into_iter().collect());
        assert_eq!(rows[1].end, Position { byte: bytes.len() as u64, row: 2 });
    }
}

#[test]
fn half_a_character_at_the_end_of_utf_16_is_left_out() {
    let dialect = Dialect { encoding: Encoding::Utf16Le, ..Dialect::default() };
    for end in [&b"\0"[..], b"\x3d\xd8", b"\x3d\xd8\x00"] {
        let rows = rows(dialect, &[b"a\0,\0b\0", end].concat());
        assert_eq!(rows[0].cells, ["a", "b"].into_iter().collect());
    }
}

#[test]
fn a_quote_that_never_closes_costs_one_line() {
    let below: String = (3..10_000).map(|row| format!("{row},fine\n")).collect();
    let file = format!("1,fine\n2,\"not closed\n{below}");
    let read = faults(&file);
    assert_eq!(read.len(), 9_999);
    for (index, (number, fault)) in read.into_iter().enumerate() {
        assert_eq!(number, index as u64 + 1);
        assert_eq!(fault, (number == 2).then_some(RowFault::OpenQuote), "{number}");
    }
}

#[test]
fn a_quote_that_is_open_near_the_end_costs_one_line_too() {
    let wanted = [(1, None), (2, Some(RowFault::OpenQuote)), (3, None), (4, None)];
    assert_eq!(faults("1,a\n2,\"b\n3,c\n4,d"), wanted);
    assert_eq!(faults("1,a\n2,\"b"), wanted[..2]);
}

#[test]
fn a_quote_that_another_row_seems_to_close_costs_one_line() {
    let wanted = [(1, None), (2, Some(RowFault::OpenQuote)), (3, None), (4, None)];
    assert_eq!(faults("1,a,b\n2,\"b,c\n3,\"Smith, J\",d\n4,d,e\n"), wanted);
}

#[test]
fn a_row_that_is_too_long_costs_itself_only() {
    let longest = "x".repeat(MAX_ROW_BYTES);
    let longer = "x".repeat(3 * MAX_ROW_BYTES);
    let file = format!("a,b\n{longest}\r\n{longest}x\r\n{longer}\rc,d\n{longer}");
    let long = Some(RowFault::TooLong);
    assert_eq!(faults(file), [(1, None), (2, None), (3, long), (4, long), (5, None), (6, long)]);
}

#[test]
fn a_row_over_several_lines_may_be_as_long_as_another() {
    let file = format!("\"{}\"\na,b\n", "12345678\n".repeat(7_000));
    assert_eq!(faults(file), [(1, None), (2, None)]);
}

#[test]
fn too_many_cells_are_a_fault_and_empty_ones_at_the_end_are_not() {
    let most = vec!["x"; MAX_CELLS].join(",");
    let file = format!("{most}\n{most},x\n{most},,x\n{most},,,\n{most},,,x\na,b\n");
    let many = Some(RowFault::TooManyCells);
    assert_eq!(faults(&file), [(1, None), (2, many), (3, many), (4, None), (5, many), (6, None)]);
    assert_eq!(rows(Dialect::default(), file.as_bytes())[3].cells.len(), MAX_CELLS);
}

#[test]
fn a_row_at_fault_has_no_cells() {
    assert!(rows(Dialect::default(), b"\"a\nb")[0].cells.is_empty());
}

#[test]
fn no_more_is_kept_than_one_row_may_have() {
    let mut rows = Rows::new(&Dialect::default(), Position::default());
    for piece in ["x", "\"", "\"\n\"\"", ",\"x\n"] {
        for _ in 0..200 {
            rows.push(piece.repeat(1_000).as_bytes());
            while rows.next_row().is_some() {}
            let kept = rows.text.len() - rows.start;
            assert!(kept <= MAX_ROW_BYTES + 1, "{kept} bytes of {piece:?}");
        }
    }
}

#[test]
fn cells_are_got_by_their_index() {
    let cells: Cells = ["a", "", "ü"].into_iter().collect();
    assert_eq!((cells.get(0), cells.get(1), cells.get(2), cells.get(3)), (Some("a"), Some(""), Some("ü"), None));
    assert_eq!((cells.len(), cells.is_empty(), Cells::default().is_empty()), (3, false, true));
    assert_eq!(format!("{cells:?}"), r#"["a", "", "ü"]"#);
}

#[test]
fn a_dialect_and_a_position_are_kept_as_json() {
    let dialect = Dialect { encoding: Encoding::Utf16Le, separator: Separator::Tab, start: 2 };
    let written = serde_json::to_string(&dialect).unwrap();
    assert_eq!(written, r#"{"encoding":"utf16_le","separator":"tab","start":2}"#);
    assert_eq!(serde_json::from_str::<Dialect>(&written).unwrap(), dialect);
    let position = Position { byte: 5_000_000_000, row: 7 };
    assert_eq!(serde_json::from_str::<Position>(&serde_json::to_string(&position).unwrap()).unwrap(), position);
}
