//! Files as buyers' spreadsheets make them: each of the corpus comes to what is written beside it.

mod installation;

use std::{fs, path::PathBuf};

use self::installation::{Installation, folder, leads};

/// What stands beside a file.
const EXPECTED: &str = "expected";
/// What stands in the folder and is no case.
const ABOUT: [&str; 3] = [".gitattributes", "README.md", "leads.csv"];

/// A file, and what it must come to.
struct Case {
    name: String,
    bytes: Vec<u8>,
    expected: Vec<String>,
}

fn cases() -> Vec<Case> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.retain(|path| !ABOUT.iter().any(|name| path.ends_with(name)));
    let (expected, files): (Vec<_>, Vec<_>) =
        paths.into_iter().partition(|path| path.extension().is_some_and(|extension| extension == EXPECTED));
    assert_eq!(expected.len(), files.len(), "one expectation beside each file");
    let case = |path: PathBuf| {
        let text = fs::read_to_string(path.with_extension(EXPECTED));
        let text = text.unwrap_or_else(|_| panic!("nobody says what {} must come to", path.display()));
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        Case { name, bytes: fs::read(path).unwrap(), expected: text.lines().map(str::to_owned).collect() }
    };
    files.into_iter().map(case).collect()
}

/// Whether a line is as expected; the reason only where one is.
fn is_as_expected(told: &str, expected: &str) -> bool {
    told.strip_prefix(expected).is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
}

#[tokio::test]
async fn every_file_of_the_corpus_comes_to_what_is_written_beside_it() {
    let (installation, cases) = (Installation::new().await, cases());
    assert!(cases.len() >= 44, "the corpus is found");
    let files = cases.iter().map(|case| (case.name.clone(), case.bytes.clone())).collect();
    let told = installation.tried(files).await;
    let mut wrong = Vec::new();
    for Case { name, expected, .. } in &cases {
        let told = &told[name].lines;
        let is_right = told.len() == expected.len()
            && told.iter().zip(expected).all(|(told, expected)| is_as_expected(told, expected));
        if !is_right {
            wrong.push(format!("{name}\nexpected:\n{}\ntold:\n{}\n", expected.join("\n"), told.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{} of {} files:\n\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[tokio::test]
async fn every_row_has_one_line_in_the_order_of_the_file_or_is_ignored() {
    let leads = leads();
    let (mut file, mut judged, mut ignored) = ("lead_id,email,reason,comment\r\n".to_owned(), Vec::new(), 0);
    for row in 2..900_u64 {
        let lead = &leads[usize::try_from(row * 7).unwrap() % leads.len()].1;
        match row % 8 {
            0 => file.push_str("\r\n"),
            1 => {
                ignored += 1;
                file.push_str("Total,,,\r\n");
            }
            kind => {
                judged.push(row);
                file.push_str(&match kind {
                    2 => format!("{},,DUPE,\r\n", lead.id),
                    3 => format!(",{},DUPE,\r\n", lead.fields["email"]),
                    4 => format!("{},,DUPE,\"two\r\nlines\"\r\n", lead.id),
                    5 => format!("{},,DUPE,\r\n", lambda::new_lead_id()),
                    6 => ",nobody@example.com,DUPE,\n".to_owned(),
                    _ => ",,DUPE,nobody at all\r\n".to_owned(),
                });
            }
        }
    }
    let name = "rows.csv".to_owned();
    let told = &Installation::new().await.tried(vec![(name.clone(), file.into_bytes())]).await[&name];
    let rows: Vec<u64> = told.lines.iter().map(|line| line.split(',').next().unwrap().parse().unwrap()).collect();
    assert_eq!((rows, told.ignored), (judged, ignored));
}
