//! Files as they come, by their beginnings.
#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use super::*;

fn dialect(file: impl AsRef<[u8]>) -> Dialect {
    let Kind::Csv(dialect) = sniff(file.as_ref(), true).unwrap() else { unreachable!("a workbook") };
    dialect
}

fn separator(file: &str) -> Separator {
    dialect(file).separator
}

fn refused(file: &[u8]) -> &'static str {
    sniff(file, true).unwrap_err().code()
}

#[test]
fn the_separator_is_the_one_that_rows_agree_on() {
    assert_eq!(separator("id,email\n1,a@b.c\n"), Separator::Comma);
    assert_eq!(separator("id;email\n1;a@b.c\n"), Separator::Semicolon);
    assert_eq!(separator("id\temail\n1\ta@b.c\n"), Separator::Tab);
    assert_eq!(separator("id|email\n1|a@b.c\n"), Separator::Pipe);
    assert_eq!(separator("id\n1\n2\n"), Separator::Comma);
}

#[test]
fn commas_in_numbers_and_comments_do_not_decide() {
    assert_eq!(separator("id;price;x\n1;2,50;3,1\n2;3,50;4,1\n"), Separator::Semicolon);
    assert_eq!(separator("1;2,50;3,1\n2;3,50;4,1\n"), Separator::Semicolon);
    assert_eq!(separator("1,5;2,5;3,5\n1,5;2,5;3,5\n"), Separator::Semicolon);
    assert_eq!(separator("id|comment\n1|no, thanks\n2|well, no\n3|so, be it\n"), Separator::Pipe);
    assert_eq!(separator("a,b,c,d,x;y,e\nf,g,h,i,x;y,j\n"), Separator::Comma);
}

#[test]
fn separators_in_quotes_do_not_count() {
    assert_eq!(separator("id,tags,x\n1,\"a;b;c\",x\n2,\"a;b;c\",x\n"), Separator::Comma);
    assert_eq!(separator("1,\"a;b\",c\n2,\"a;b\",c\n"), Separator::Comma);
    assert_eq!(separator("1;\"a,b,c,d,e\nf,g\";c\n2;\"a,b,c,d,e\nf,g\";c\n"), Separator::Semicolon);
}

#[test]
fn titles_above_do_not_decide() {
    assert_eq!(separator("Returns, July, 2026, for Acme, Inc.\n\nid;email;reason\n1;a@b.c;x\n"), Separator::Semicolon);
    assert_eq!(separator("Returns; July\nid,email\n1,x\n"), Separator::Comma);
}

#[test]
fn a_row_that_is_cut_off_has_no_say() {
    let file = b"a,b,c,d;e\nf;g";
    assert_eq!(separator::of(file, false), Separator::Comma);
    assert_eq!(separator::of(file, true), Separator::Semicolon);
}

#[test]
fn a_sep_line_is_obeyed_and_is_no_row() {
    for (file, start) in [("sep=;\r\na;b,c,d\r\n", 7), ("SEP=;\na;b,c,d\n", 6), ("\"sep=;\"\ra;b,c,d\r", 8)] {
        let wanted = Dialect { encoding: Encoding::Utf8, separator: Separator::Semicolon, start };
        assert_eq!(dialect(file), wanted, "{file:?}");
    }
    assert_eq!(dialect("\u{feff}sep=|\na,b\n"), Dialect { separator: Separator::Pipe, start: 9, ..Dialect::default() });
    let utf16: Vec<u8> = "\u{feff}sep=\t\r\na,b\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(dialect(utf16), Dialect { encoding: Encoding::Utf16Le, separator: Separator::Tab, start: 16 });
}

#[test]
fn a_sep_line_with_another_separator_is_only_passed_over() {
    assert_eq!(
        dialect("sep=^\na;b\nc;d\n"),
        Dialect { separator: Separator::Semicolon, start: 6, ..Dialect::default() }
    );
}

#[test]
fn encodings_are_told_with_and_without_a_mark() {
    let text = "lead_id;email;reason\r\n1;zoë@example.com;DUPE\r\n";
    let le = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let be = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let marked = format!("\u{feff}{text}");
    for (file, encoding, start) in [
        (text.as_bytes().to_vec(), Encoding::Utf8, 0),
        (marked.as_bytes().to_vec(), Encoding::Utf8, 3),
        (le(text), Encoding::Utf16Le, 0),
        (le(&marked), Encoding::Utf16Le, 2),
        (be(text), Encoding::Utf16Be, 0),
        (be(&marked), Encoding::Utf16Be, 2),
    ] {
        assert_eq!(dialect(file), Dialect { encoding, separator: Separator::Semicolon, start });
    }
    let cyrillic = "номер;имя;причина\r\n1;Зоя;дубль\r\n";
    assert_eq!(dialect(le(cyrillic)).encoding, Encoding::Utf16Le);
    assert_eq!(dialect(be(cyrillic)).encoding, Encoding::Utf16Be);
    assert_eq!(dialect(b"id;name\n1;Zo\xeb\n"), Dialect { separator: Separator::Semicolon, ..Dialect::default() });
}

#[test]
fn other_files_are_refused_as_what_they_are() {
    for (file, code) in [
        (&b""[..], "empty"),
        (b"\xef\xbb\xbf\r\n \r\n", "empty"),
        (b"\xff\xfe", "empty"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image"),
        (b"GIF89a", "image"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image"),
        (b"\0\0\0\x18ftypheic", "image"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0W\0o\0r\0k\0b\0o\0o\0k\0", "old_excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", "protected"),
        (b"\x1f\x8b\x08\0", "zip"),
        (b"Rar!\x1a\x07\0", "zip"),
        (b"  <!DOCTYPE html><table>", "markup"),
        (b"<?xml version=\"1.0\"?>\n<Workbook>", "markup"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0", "binary"),
    ] {
        assert_eq!(refused(file), code, "{file:?}");
    }
}

#[test]
fn zips_are_told_apart_by_their_entries() {
    let zip = |names: &[&str]| {
        let entries = names.iter().map(|name| [&b"PK\x03\x04"[..], &[0; 26], name.as_bytes(), b"\x12data"].concat());
        entries.collect::<Vec<_>>().concat()
    };
    for names in [&["[Content_Types].xml", "xl/workbook.xml"][..], &["xl/worksheets/sheet1.xml"], &["_rels/.rels"]] {
        assert_eq!(sniff(&zip(names), false), Ok(Kind::Xlsx), "{names:?}");
    }
    for names in [
        &["[Content_Types].xml", "word/document.xml"][..],
        &["_rels/.rels", "ppt/presentation.xml"],
        &["mimetype", "content.xml"],
        &["Index/Document.iwa", "Metadata/Properties.plist"],
    ] {
        assert_eq!(sniff(&zip(names), false), Err(NotATable::OtherDocument), "{names:?}");
    }
    assert_eq!(sniff(&zip(&["returns.csv"]), false), Err(NotATable::Zip));
}

#[test]
fn a_file_without_lines_is_refused_unless_it_is_one_row() {
    assert_eq!(sniff(&[b'x'; SAMPLE_BYTES], false), Err(NotATable::OneLine));
    assert_eq!(dialect("lead_id,reason"), Dialect::default());
}

#[test]
fn a_few_stray_control_characters_are_still_text() {
    assert_eq!(dialect(b"id,x\n1,a\0\n2,b\x1a\n"), Dialect::default());
}

#[test]
fn what_is_refused_says_what_to_do() {
    let all = [
        NotATable::Empty,
        NotATable::Binary,
        NotATable::Image,
        NotATable::Pdf,
        NotATable::OldExcel,
        NotATable::Protected,
        NotATable::Zip,
        NotATable::OtherDocument,
        NotATable::SeveralSheets,
        NotATable::HiddenRows,
        NotATable::Markup,
        NotATable::OneLine,
        NotATable::TooLarge,
        NotATable::BrokenXlsx,
    ];
    for refusal in all {
        assert!(["send", "save"].iter().any(|verb| refusal.to_string().contains(verb)), "{refusal}");
    }
    let codes: std::collections::BTreeSet<_> = all.map(NotATable::code).into();
    assert_eq!(codes.len(), all.len());
}
