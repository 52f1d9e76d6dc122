//! Any text as a command, a query, a view and a filter. A parsed value must print as text that parses to the same
//! value.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use inboxdb::{Envelope, Filter, Query, View};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Parses the bytes as a command, a query, a view and a filter.
pub fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    json_comes_back::<Envelope>(text);
    json_comes_back::<Query>(text);
    json_comes_back::<Filter>(text);
    text_comes_back::<View>(text);
    text_comes_back::<Filter>(text);
}

fn json_comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) {
    if let Ok(value) = read::<T>(text) {
        let printed = serde_json::to_string(&value).unwrap();
        assert_eq!(read::<T>(&printed).unwrap(), value, "{printed}");
    }
}

/// Parses as the binary does. Filters have their own limit on nested values.
fn read<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

fn text_comes_back<T: FromStr<Err: Debug> + Display + PartialEq + Debug>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        let printed = value.to_string();
        assert_eq!(printed.parse::<T>().unwrap(), value, "{printed}");
    }
}
