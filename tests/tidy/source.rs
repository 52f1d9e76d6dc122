//! The sources, with their code and their comments apart.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::{Fault, rooms};

/// A source file, with code and comments apart: each is the whole text with everything else blank, line for line.
pub struct Source {
    pub path: PathBuf,
    pub text: String,
    pub code: String,
    pub comments: String,
}

impl Source {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        let (code, comments) = split(&text);
        Self { path, text, code, comments }
    }

    pub fn fault(&self, line: usize, what: String) -> Fault {
        Fault { file: self.path.clone(), line, what }
    }

    /// Whether it is compiled for tests and fuzz targets only.
    pub fn is_for_tests(&self) -> bool {
        self.path
            .components()
            .any(|part| ["tests", "tests.rs", "fuzzing.rs"].contains(&part.as_os_str().to_str().unwrap()))
    }

    /// The code without the unit tests at its end.
    pub fn shipped(&self) -> &str {
        let tests = self.code.find("#[cfg(test)]\nmod tests {");
        &self.code[..tests.unwrap_or(self.code.len())]
    }

    /// Its name in the table: of `src/engine/read/mod.rs`, `engine::read`.
    pub fn module(&self) -> String {
        let path = self.path.strip_prefix("src").unwrap().with_extension("");
        let parts: Vec<&str> = path.iter().map(|part| part.to_str().unwrap()).collect();
        let room = parts.get(1).filter(|room| rooms(parts[0]).contains(room));
        room.map_or(parts[0].to_owned(), |room| format!("{}::{room}", parts[0]))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All sources of the library and the binary, sorted by path.
pub static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let mut paths = Vec::new();
    ["src", "cli/src", "server/src", "cluster/src"]
        .iter()
        .for_each(|directory| add_paths(Path::new(directory), &mut paths));
    assert!(paths.len() > 100, "the sources are somewhere else");
    paths.sort();
    paths.into_iter().map(Source::read).collect()
});

fn add_paths(directory: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(root().join(directory)).unwrap() {
        let path = directory.join(entry.unwrap().file_name());
        match root().join(&path).is_dir() {
            true => add_paths(&path, paths),
            false if path.extension().is_some_and(|extension| extension == "rs") => paths.push(path),
            false => {}
        }
    }
}

/// The sources of the library, which has modules in layers.
pub fn library() -> impl Iterator<Item = &'static Source> {
    SOURCES.iter().filter(|source| source.path.starts_with("src"))
}

/// Parts a text into its code and its comments. Literals belong to neither.
pub fn split(text: &str) -> (String, String) {
    let (mut code, mut comments) = (String::new(), String::new());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, kind) = token(rest);
        for letter in rest[..length].chars() {
            let blank = if letter == '\n' { '\n' } else { ' ' };
            code.push(if kind == Kind::Code { letter } else { blank });
            comments.push(if kind == Kind::Comment { letter } else { blank });
        }
        debug_assert!(length >= first.len_utf8());
        rest = &rest[length..];
    }
    (code, comments)
}

#[derive(PartialEq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

/// How long the first token of a text is, and what it is. A token of code is one letter or one name.
fn token(text: &str) -> (usize, Kind) {
    let to = |end: &str, from: usize| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    if text.starts_with("//") {
        return (text.find('\n').unwrap_or(text.len()), Kind::Comment);
    }
    if text.starts_with("/*") {
        return (to("*/", 2), Kind::Comment);
    }
    if let Some(length) = raw_string(text) {
        return (length, Kind::Literal);
    }
    let name = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    if name > 0 {
        return (name, Kind::Code);
    }
    if text.starts_with('"') {
        return (quoted(text, '"'), Kind::Literal);
    }
    // Otherwise it is a lifetime.
    let is_letter = text.starts_with("'\\") || text.chars().nth(2) == Some('\'');
    if text.starts_with('\'') && is_letter {
        return (quoted(text, '\''), Kind::Literal);
    }
    (text.chars().next().map_or(0, char::len_utf8), Kind::Code)
}

/// The length of `r"…"`, `r#"…"#` and the like with a `b` before it.
fn raw_string(text: &str) -> Option<usize> {
    let prefix = if text.starts_with("br") { 2 } else { usize::from(text.starts_with('r')) };
    let signs = text.get(prefix..)?.bytes().take_while(|byte| *byte == b'#').count();
    let start = prefix + signs;
    if prefix == 0 || !text[start..].starts_with('"') {
        return None;
    }
    let end = format!("\"{}", "#".repeat(signs));
    text[start + 1..].find(&end).map(|at| start + 1 + at + end.len())
}

fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if letter == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

pub fn line_at(text: &str, at: usize) -> usize {
    1 + text[..at].matches('\n').count()
}
