//! What ARCHITECTURE.md promises about the code, checked: which module imports which, how long files and functions are,
//! what public types do not implement, and some words that comments do without.
//!
//! `cargo test --test tidy`. To allow an import, add it to [`IMPORTS`]; to allow one that climbs, think again first.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{fmt, fs};

/// Each module, and which others it may import, from the ground up: a module imports only what stands above it here.
const IMPORTS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("files", &[]),
    ("malformed", &[]),
    ("error", &["model"]),
    ("view", &["error", "model"]),
    ("command", &["error", "model", "view"]),
    ("query", &["command", "error", "model", "view"]),
    ("watch", &["model", "view"]),
    ("sets", &["model"]),
    ("kv", &["error", "files"]),
    ("record", &["command", "error", "kv", "model", "sets"]),
    ("journal", &["error", "files"]),
    ("directory", &["error", "files", "kv"]),
    ("wheel", &["model"]),
    ("index", &["error", "model", "record", "sets"]),
    ("config", &["index"]),
    ("workspace", &["error", "index", "model", "record", "sets", "wheel"]),
    ("store", &["index", "kv", "model", "record", "sets", "wheel", "workspace"]),
    ("select", &["error", "index", "model", "record", "sets", "view", "workspace"]),
    ("export", &["command", "error", "malformed", "model", "record", "sets"]),
    ("rules", &["command", "error", "export", "index", "model", "record", "select", "sets", "view", "workspace"]),
    ("feed", &["index", "model", "record", "select", "view", "watch", "workspace"]),
    ("loaded", &["error", "feed", "index", "kv", "model", "record", "rules", "store", "workspace"]),
    ("scrub", &["error", "index", "kv", "model", "record", "sets", "store", "workspace"]),
    ("backup", &["directory", "error", "journal", "kv", "model", "record", "store"]),
    ("recovery", EVERYTHING),
    ("engine", EVERYTHING),
    ("engine::write", EVERYTHING),
    ("engine::read", EVERYTHING),
    ("engine::upkeep", EVERYTHING),
];

/// All that stands above in the table.
const EVERYTHING: &[&str] = &["*"];

/// Directories of a module that are modules of their own in the table. They and what is beside them know each other.
const ROOMS: [(&str, &[&str]); 1] = [("engine", &["write", "read", "upkeep"])];

/// Modules outside the table: the entry page, which re-exports from everywhere, and what only tests and fuzz targets use.
const NOT_LAYERED: [&str; 4] = ["lib", "testing", "simulation", "fuzzing"];

const FILE_LINES_MAX: usize = 410;
const FUNCTION_LINES_MAX: usize = 60;
/// Tables with a row per command. They are one match each, so that a new command does not compile until it is in them.
const TABLES: [&str; 3] = ["about", "carry_out", "check_names"];

/// People of the inbox may be called so, parts of the program may not.
const WORDS_FORBIDDEN: [&str; 3] = ["nobody", "somebody", "whoever"];

/// Public types know nothing of their stored form: not a word of bincode in these.
const MODULES_WITHOUT_BINCODE: [&str; 5] = ["model", "command", "query", "view", "watch"];

/// Files of those modules that still have one. A file that has none must leave the list.
const BINCODE_LEFT: &[&str] = &[];

/// One thing that is not as it should be.
struct Fault {
    file: PathBuf,
    line: usize,
    what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)
    }
}

#[track_caller]
fn assert_none(faults: &[Fault]) {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    assert!(lines.is_empty(), "{} faults:\n{}", lines.len(), lines.join("\n"));
}

/// A source file, with code and comments apart: each is the whole text with everything else blank, line for line.
struct Source {
    path: PathBuf,
    text: String,
    code: String,
    comments: String,
}

impl Source {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        let (code, comments) = split(&text);
        Self { path, text, code, comments }
    }

    fn fault(&self, line: usize, what: String) -> Fault {
        Fault { file: self.path.clone(), line, what }
    }

    /// Whether it is compiled for tests and fuzz targets only.
    fn is_for_tests(&self) -> bool {
        self.path
            .components()
            .any(|part| ["tests", "tests.rs", "fuzzing.rs"].contains(&part.as_os_str().to_str().unwrap()))
    }

    /// The code without the unit tests at its end.
    fn shipped(&self) -> &str {
        let tests = self.code.find("#[cfg(test)]\nmod tests {");
        &self.code[..tests.unwrap_or(self.code.len())]
    }

    /// Its name in the table: of `src/engine/read/mod.rs`, `engine::read`.
    fn module(&self) -> String {
        let path = self.path.strip_prefix("src").unwrap().with_extension("");
        let parts: Vec<&str> = path.iter().map(|part| part.to_str().unwrap()).collect();
        let room = parts.get(1).filter(|room| rooms(parts[0]).contains(room));
        room.map_or(parts[0].to_owned(), |room| format!("{}::{room}", parts[0]))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All sources of the library, the server and the binary, sorted by path.
static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let mut paths = Vec::new();
    ["src", "cli/src", "server/src"].iter().for_each(|directory| add_paths(Path::new(directory), &mut paths));
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
fn library() -> impl Iterator<Item = &'static Source> {
    SOURCES.iter().filter(|source| source.path.starts_with("src"))
}

/// Parts a text into its code and its comments. Literals belong to neither.
fn split(text: &str) -> (String, String) {
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

fn line_at(text: &str, at: usize) -> usize {
    1 + text[..at].matches('\n').count()
}

fn rooms(module: &str) -> &'static [&'static str] {
    ROOMS.iter().find(|(name, _)| *name == module).map_or(&[], |(_, rooms)| rooms)
}

/// What `crate::…` names in a file, as modules of the table, each with where it stands.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let code = source.shipped();
    let mut found = Vec::new();
    for (at, prefix) in code.match_indices("crate::") {
        let paths = &code[at + prefix.len()..];
        // `$crate` is that of another crate's macro.
        if !code[..at].ends_with('$') {
            found.extend(modules(paths).into_iter().map(|module| (at, module)));
        }
    }
    found
}

/// The modules that a path or a group of paths begins with.
fn modules(paths: &str) -> Vec<String> {
    alternatives(paths).into_iter().flat_map(module_of).collect()
}

fn module_of(path: &str) -> Vec<String> {
    let first = name(path);
    let Some(rest) = path[first.len()..].strip_prefix("::") else { return vec![first.to_owned()] };
    let room = |path: &str| match rooms(first).contains(&name(path)) {
        true => format!("{first}::{}", name(path)),
        false => first.to_owned(),
    };
    alternatives(rest).into_iter().map(room).collect()
}

fn name(path: &str) -> &str {
    let end = path.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    &path[..end.unwrap_or(path.len())]
}

/// The parts of `{a::b, c}`, or a path by itself.
fn alternatives(paths: &str) -> Vec<&str> {
    let Some(inner) = paths.strip_prefix('{') else { return vec![paths] };
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, letter) in inner.char_indices() {
        match letter {
            '{' => depth += 1,
            ',' if depth == 0 => {
                parts.push(inner[start..at].trim());
                start = at + 1;
            }
            '}' if depth == 0 => {
                parts.push(inner[start..at].trim());
                break;
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn allowed(module: &str) -> Option<BTreeSet<&'static str>> {
    let place = IMPORTS.iter().position(|(name, _)| *name == module)?;
    let (_, listed) = IMPORTS[place];
    let above = || IMPORTS[..place].iter().map(|(name, _)| *name);
    Some(if listed == EVERYTHING { above().collect() } else { listed.iter().copied().collect() })
}

#[test]
fn the_table_of_imports_points_only_upwards() {
    for (place, (module, listed)) in IMPORTS.iter().enumerate() {
        for import in listed.iter().filter(|import| **import != "*") {
            let above = IMPORTS[..place].iter().any(|(name, _)| name == import);
            assert!(above, "{module} may import {import}, which does not stand above it");
        }
    }
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut faults = Vec::new();
    for source in library().filter(|source| !source.is_for_tests()) {
        let module = source.module();
        if NOT_LAYERED.contains(&module.as_str()) {
            continue;
        }
        let Some(allowed) = allowed(&module) else {
            faults.push(source.fault(1, format!("the module {module} is not in the table of imports")));
            continue;
        };
        for (at, import) in imports(source) {
            let line = line_at(&source.code, at);
            if import.starts_with(char::is_uppercase) {
                faults.push(source.fault(line, format!("{import} is imported from the crate, not from its module")));
            } else if !is_same_house(&import, &module) && !allowed.contains(import.as_str()) {
                faults.push(source.fault(line, format!("{module} must not import {import}")));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn modules_do_not_import_each_other_in_a_circle() {
    let mut graph = BTreeMap::<String, BTreeSet<String>>::new();
    for source in library().filter(|source| !source.is_for_tests()) {
        let module = source.module();
        let found = imports(source).into_iter().map(|(_, import)| import);
        let others = found.filter(|import| !is_same_house(import, &module) && !import.starts_with(char::is_uppercase));
        graph.entry(module.clone()).or_default().extend(others);
    }
    graph.retain(|module, _| !NOT_LAYERED.contains(&module.as_str()));
    // What is in no circle imports nothing that is left, or is imported by nothing that is left, sooner or later.
    while let Some(module) = end_of_a_line(&graph) {
        graph.remove(&module);
    }
    graph.iter().for_each(|(module, imports)| eprintln!("{module} imports {imports:?}"));
    assert!(graph.is_empty(), "modules that import each other, or stand between such: {:?}", graph.keys());
}

/// Whether they are the same module, or a module and a room of it.
fn is_same_house(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn end_of_a_line(graph: &BTreeMap<String, BTreeSet<String>>) -> Option<String> {
    let is_imported = |module: &String| graph.values().any(|imports| imports.contains(module));
    let imports_some = |imports: &BTreeSet<String>| imports.iter().any(|import| graph.contains_key(import));
    graph
        .iter()
        .find(|(module, imports)| !is_imported(module) || !imports_some(imports))
        .map(|(module, _)| module.clone())
}

#[test]
fn files_have_one_idea_each() {
    let mut faults = Vec::new();
    for source in SOURCES.iter() {
        let lines = source.text.lines().count();
        if lines > FILE_LINES_MAX {
            faults.push(source.fault(lines, format!("{lines} lines, of at most {FILE_LINES_MAX}")));
        }
    }
    assert_none(&faults);
}

#[test]
fn functions_are_short() {
    let mut faults = Vec::new();
    for source in SOURCES.iter() {
        for (at, name, lines) in functions(&source.code) {
            if lines > FUNCTION_LINES_MAX && !TABLES.contains(&name) {
                let what = format!("{name} has {lines} lines, of at most {FUNCTION_LINES_MAX}");
                faults.push(source.fault(line_at(&source.code, at), what));
            }
        }
    }
    assert_none(&faults);
}

/// Where the functions of some code begin, what they are called, and how many lines they take.
fn functions(code: &str) -> Vec<(usize, &str, usize)> {
    let starts =
        code.match_indices("fn ").filter(|(at, _)| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
    let function = |(at, _): (usize, &str)| {
        let rest = &code[at..];
        // One without a body ends before the next brace.
        let open = rest.find('{').filter(|open| rest[..*open].find(';').is_none_or(|end| rest[..end].contains('[')))?;
        let length = open + block(&rest[open..])?;
        Some((at, name(&rest[3..]), rest[..length].matches('\n').count() + 1))
    };
    starts.filter_map(function).filter(|(_, name, _)| !name.is_empty()).collect()
}

/// The length of a block with its braces.
fn block(code: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, letter) in code.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 1 => return Some(at + 1),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[test]
fn comments_call_parts_of_the_program_by_their_names() {
    let mut faults = Vec::new();
    for source in SOURCES.iter() {
        for (number, line) in (1..).zip(source.comments.lines()) {
            let words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_').map(str::to_lowercase);
            let forbidden = words.filter(|word| WORDS_FORBIDDEN.contains(&word.as_str()));
            faults.extend(forbidden.map(|word| source.fault(number, format!("{word}: {}", line.trim()))));
        }
    }
    assert_none(&faults);
}

#[test]
fn public_types_know_nothing_of_their_stored_form() {
    let mut faults = Vec::new();
    for module in MODULES_WITHOUT_BINCODE {
        for source in library().filter(|source| source.module() == module) {
            let is_left = BINCODE_LEFT.iter().any(|path| Path::new(path) == source.path);
            match source.code.find("bincode") {
                Some(at) if !is_left => {
                    faults.push(source.fault(line_at(&source.code, at), "bincode beside a public type".to_owned()));
                }
                None if is_left => faults.push(source.fault(1, "no bincode any more: out of BINCODE_LEFT".to_owned())),
                _ => {}
            }
        }
    }
    assert_none(&faults);
}

/// The checks themselves are checked.
#[test]
fn what_is_looked_for_would_be_found() {
    let text = "use crate::{a::B, engine::{self, read::C}};\n// crate::no\nfn f() -> &'static str {\n    \"crate::no // fn g() {\"\n}\n";
    let (code, comments) = split(text);
    assert!(comments.contains("crate::no") && !code.contains("crate::no"));
    assert_eq!(code.lines().count(), text.lines().count());
    assert_eq!(modules(&code["use crate::".len()..]), ["a", "engine", "engine::read"]);
    assert_eq!(functions(&code), [(code.find("fn f").unwrap(), "f", 3)]);
    assert_eq!(split("r#\"\"//\"# 'a' '\\'' 'b x").0.trim(), "'b x");
    assert_eq!(modules("store::Row;"), ["store"]);
}
