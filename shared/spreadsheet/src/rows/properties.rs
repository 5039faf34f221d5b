//! What holds for any bytes.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use csv::{QuoteStyle, Terminator, WriterBuilder};
use proptest::{collection::vec, prelude::*, sample::select};

use super::{tests::rows, *};
use crate::{Kind, MAX_CELLS, MAX_ROW_BYTES, Separator, sniff};

fn dialect() -> impl Strategy<Value = Dialect> {
    let encoding = select(vec![Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be]);
    (encoding, select(Separator::ALL.to_vec()), 0u64..8).prop_map(|(encoding, separator, start)| Dialect {
        encoding,
        separator,
        start,
    })
}

/// Files that are hard to take apart: quotes, line ends and separators everywhere, bytes of all kinds, and long lines.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"\"",
        b"\"",
        b"\"\"",
        b"\n",
        b"\n",
        b"\r",
        b"\r\n",
        b",",
        b";",
        b"\t",
        b"|",
        b" ",
        b"a",
        b"lead",
        b"\xc3\xa9",
        b"\xe9",
        b"\0",
        b"\xef\xbb\xbf",
        b"\xd8\x3d",
        b"\x3d\xd8",
        b"a\0",
        b"\n\0",
        b"\"\0",
        b"\0\n",
        b",,,,",
    ];
    let piece = prop_oneof![
        60 => select(pieces).prop_map(<[u8]>::to_vec),
        6 => vec(any::<u8>(), 0..8),
        1 => (0..3 * MAX_ROW_BYTES / 2, select(vec![b"x", b"\"", b",", b"\n", b"\0"])).prop_map(|(n, byte)| byte.repeat(n)),
    ];
    vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// The rows of a file that is pushed in pieces of these sizes, over and over.
fn in_pieces(dialect: Dialect, file: &[u8], sizes: &[usize]) -> Vec<Row> {
    let mut reader = Rows::new(&dialect, Position::default());
    let (mut rest, mut found) = (file, Vec::new());
    for size in sizes.iter().cycle() {
        let (piece, next) = rest.split_at(rest.len().min(*size));
        reader.push(piece);
        rest = next;
        if rest.is_empty() {
            reader.finish();
        }
        found.extend(std::iter::from_fn(|| reader.next_row()));
        if rest.is_empty() {
            return found;
        }
    }
    found
}

fn from(dialect: Dialect, file: &[u8], position: Position) -> Vec<Row> {
    let mut reader = Rows::new(&dialect, position);
    reader.push(&file[usize::try_from(position.byte).unwrap()..]);
    reader.finish();
    std::iter::from_fn(|| reader.next_row()).collect()
}

/// Cells as people have them: blanks, quotes, separators and line ends among letters.
fn cell() -> impl Strategy<Value = String> {
    "[a-z0-9 ,;|\t\"\r\nëß€😀.@-]{0,12}"
}

fn encoded(text: &str, encoding: Encoding, is_marked: bool) -> Vec<u8> {
    let text = if is_marked { format!("\u{feff}{text}") } else { text.to_owned() };
    match encoding {
        Encoding::Utf8 => text.into_bytes(),
        Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    }
}

/// The rows as a program writes them.
fn written(table: &[Vec<String>], separator: Separator, ends: Terminator, quotes: QuoteStyle) -> String {
    let mut writer =
        WriterBuilder::new().delimiter(separator.byte()).terminator(ends).quote_style(quotes).from_writer(Vec::new());
    table.iter().for_each(|row| writer.write_record(row).unwrap());
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn how_a_file_is_cut_into_pieces_changes_nothing(dialect in dialect(), file in file(), sizes in vec(1usize..5_000, 1..8)) {
        prop_assert_eq!(in_pieces(dialect, &file, &sizes), rows(dialect, &file));
    }

    #[test]
    fn a_short_file_may_come_byte_by_byte(dialect in dialect(), file in file()) {
        let file = &file[..file.len().min(400)];
        prop_assert_eq!(in_pieces(dialect, file, &[1]), rows(dialect, file));
    }

    #[test]
    fn reading_on_from_any_row_gives_the_rows_that_follow(dialect in dialect(), file in file()) {
        let all = rows(dialect, &file);
        let step = all.len() / 40 + 1;
        for (index, row) in all.iter().enumerate().step_by(step) {
            prop_assert_eq!(from(dialect, &file, row.end), &all[index + 1..], "after {:?}", row.end);
        }
    }

    #[test]
    fn rows_of_any_bytes_keep_their_bounds(dialect in dialect(), file in file()) {
        let mut last = Position::default();
        for row in rows(dialect, &file) {
            prop_assert!(row.number > last.row && row.end.row == row.number);
            prop_assert!(row.end.byte > last.byte && row.end.byte <= file.len() as u64);
            prop_assert!(row.cells.len() <= MAX_CELLS);
            // A byte of Windows-1252 may take three.
            prop_assert!(row.cells.iter().map(str::len).sum::<usize>() <= 3 * MAX_ROW_BYTES);
            prop_assert_eq!(row.cells.is_empty(), row.fault.is_some());
            let has_unseen = row.cells.iter().any(|cell| cell.contains(['\0', '\u{feff}']));
            prop_assert!(!has_unseen, "{:?}", row);
            last = row.end;
        }
    }

    #[test]
    fn what_a_program_wrote_is_read_back(
        dialect in dialect(),
        is_marked: bool,
        table in (1usize..6).prop_flat_map(|width| vec(vec(cell(), width), 0..20)),
        ends in select(vec![Terminator::CRLF, Terminator::Any(b'\n'), Terminator::Any(b'\r')]),
        quotes in select(vec![QuoteStyle::Necessary, QuoteStyle::Always, QuoteStyle::NonNumeric]),
    ) {
        let file = encoded(&written(&table, dialect.separator, ends, quotes), dialect.encoding, is_marked);
        let start = encoded("", dialect.encoding, is_marked).len() as u64;
        let numbered = table.iter().zip(1u64..).filter(|(row, _)| row.iter().any(|cell| !cell.trim().is_empty()));
        let wanted: Vec<_> = numbered.map(|(row, number)| (number, row.clone())).collect();
        let read = rows(Dialect { start, ..dialect }, &file).into_iter();
        let read: Vec<_> = read.map(|row| (row.number, row.cells.iter().map(str::to_owned).collect())).collect();
        prop_assert_eq!(read, wanted);
    }

    #[test]
    fn a_file_with_a_row_of_names_is_told_by_its_beginning(
        dialect in dialect(),
        is_marked: bool,
        table in vec(vec("[a-z0-9 ,;|\t\r\nëß€😀.@-]{0,12}", 4), 0..30),
        ends in select(vec![Terminator::CRLF, Terminator::Any(b'\n'), Terminator::Any(b'\r')]),
    ) {
        let names = ["lead_id", "email", "reason", "comment"].map(str::to_owned).to_vec();
        let table: Vec<_> = std::iter::once(names).chain(table).collect();
        // Files without a mark are told by the zeros in them, which need some length.
        let is_marked = is_marked || dialect.encoding != Encoding::Utf8;
        let file = encoded(&written(&table, dialect.separator, ends, QuoteStyle::Necessary), dialect.encoding, is_marked);
        let start = encoded("", dialect.encoding, is_marked).len() as u64;
        prop_assert_eq!(sniff(&file, true), Ok(Kind::Csv(Dialect { start, ..dialect })));
    }

    #[test]
    fn any_bytes_are_told_or_refused(file in file(), is_whole: bool) {
        let _ = sniff(&file, is_whole);
    }
}
