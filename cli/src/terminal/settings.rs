//! How a person wants the output, from the options of all subcommands.

use std::sync::OnceLock;

use jiff::tz::TimeZone;

/// How the output is wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// The zone of times, if one is named; otherwise UTC.
    pub(crate) zone: Option<TimeZone>,
    /// No progress, no remarks, no reports of success.
    pub(crate) quiet: bool,
}

static SETTINGS: OnceLock<Settings> = OnceLock::new();

/// Sets them, once, before anything is printed.
pub(crate) fn set(settings: Settings) {
    let _only_once = SETTINGS.set(settings);
}

/// Whether only results, warnings and errors are printed.
pub(crate) fn is_quiet() -> bool {
    SETTINGS.get().is_some_and(|settings| settings.quiet)
}

/// The zone that was named.
pub(super) fn named_zone() -> Option<TimeZone> {
    SETTINGS.get().and_then(|settings| settings.zone.clone())
}

/// The zone of the times that are shown.
pub(super) fn zone() -> TimeZone {
    named_zone().unwrap_or(TimeZone::UTC)
}
