//! Resolves views and filters to sets of chats.

use crate::error::{Code, Refusal};
use crate::index::Posting;
use crate::model::{CustomerId, ManagerId, Status, StatusCounts, normal_form, wrong_in_hashtag};
use crate::record::{IndexKey, IndexKind, IndexState};
use crate::select::{FilterSets, Term, terms_of_filter};
use crate::sets::ChatSet;
use crate::view::{A_HASHTAG, Filter, IndexValue, View, ViewKind};
use crate::workspace::State;

/// The chats of a view: one posting, or two that may overlap.
pub(crate) struct ViewChats<'s> {
    postings: [Option<&'s Posting>; 2],
    in_both: Option<&'s Posting>,
}

impl<'s> ViewChats<'s> {
    #[inline]
    fn of(state: &'s State, key: &IndexKey) -> Self {
        debug_assert!(state.postings.is_loaded(key), "{key} is read before it is loaded");
        Self { postings: [state.postings.get(key), None], in_both: None }
    }

    #[cfg(test)]
    pub(super) fn of_postings(postings: [Option<&'s Posting>; 2]) -> Self {
        Self { postings, in_both: None }
    }

    /// The count of each status.
    #[inline]
    pub(crate) fn counts(&self) -> StatusCounts {
        let counts = |posting: Option<&Posting>| posting.map(Posting::counts).unwrap_or_default();
        StatusCounts::of_union(counts(self.postings[0]), counts(self.postings[1]), counts(self.in_both))
    }

    /// The sets that make up the view; with a status, only those of that status.
    #[inline]
    pub(crate) fn sets(&self, status: Option<Status>) -> Vec<&'s ChatSet> {
        self.postings().flat_map(|posting| posting.sets(status)).collect()
    }

    /// The postings that make up the view.
    #[inline]
    pub(crate) fn postings(&self) -> impl Iterator<Item = &'s Posting> {
        self.postings.into_iter().flatten()
    }

    /// The chats of one status, as a term of a filter.
    fn term(&self, status: Status) -> Term<'s> {
        match self.postings {
            [Some(posting), None] => Term::set(posting.set(status)),
            postings => Term::any_of(postings.into_iter().flatten().map(|posting| Term::set(posting.set(status)))),
        }
    }
}

/// Resolves a view. Its postings must be loaded, and its customer must exist.
#[inline]
pub(crate) fn resolve<'s>(state: &'s State, kind: &ViewKind) -> Result<ViewChats<'s>, Refusal> {
    let manager = |manager: &ManagerId| state.check_manager(*manager).map(|()| *manager);
    let of = |key: IndexKey| ViewChats::of(state, &key);
    Ok(match kind {
        ViewKind::All => of(IndexKey::All),
        ViewKind::Unassigned => of(IndexKey::Unassigned),
        ViewKind::Assigned(id) => of(IndexKey::Assignee(manager(id)?)),
        ViewKind::Following(id) => of(IndexKey::Following(manager(id)?)),
        ViewKind::Unread(id) => of(IndexKey::Unread(manager(id)?)),
        ViewKind::Favorites(id) => of(IndexKey::Favorite(manager(id)?)),
        ViewKind::Sessions(id) => sessions(state, manager(id)?),
        ViewKind::Tag(path) => {
            let tag = state.tags.find(path);
            of(IndexKey::Tag(tag.ok_or_else(|| Refusal::new(Code::UnknownTag, format!("there is no tag {path:?}")))?))
        }
        ViewKind::Customer(customer) => of(IndexKey::Customer(*customer)),
        ViewKind::Hashtag(word) => of(hashtag_key(word)?),
        ViewKind::Custom(IndexValue { index, value }) => of(custom_key(state, index, value)?),
    })
}

/// Resolves a filter. Its postings must be loaded. `unknown_customers` holds those of its customers that do not
/// exist.
pub(crate) fn resolve_filter<'s>(
    state: &'s State,
    filter: &Filter,
    unknown_customers: &[CustomerId],
) -> Result<FilterSets<'s>, Refusal> {
    let terms = terms_of_filter(filter, |view| {
        if let Some(customer) = view.kind.customer()
            && unknown_customers.contains(&customer)
        {
            return Err(Refusal::unknown_customer(customer));
        }
        terms_of_view(state, view)
    })?;
    let all = state.postings.get(&IndexKey::All);
    Ok(FilterSets::new(terms, Status::ALL.map(|status| all.map(|posting| posting.set(status)))))
}

/// The terms of a view, one per status.
fn terms_of_view<'s>(state: &'s State, view: &View) -> Result<[Term<'s>; 3], Refusal> {
    let chats = resolve(state, &view.kind)?;
    Ok(Status::ALL.map(|status| match view {
        View { status: Some(wanted), .. } if *wanted != status => Term::nothing(),
        View { kind: ViewKind::All, .. } => Term::everything(),
        _ => chats.term(status),
    }))
}

/// The chats that a manager follows and, in operator mode, the unassigned ones.
#[inline]
pub(crate) fn sessions(state: &State, manager: ManagerId) -> ViewChats<'_> {
    let mut chats = ViewChats::of(state, &IndexKey::Following(manager));
    if state.operators.contains(manager) {
        chats.postings[1] = state.postings.get(&IndexKey::Unassigned);
        chats.in_both = state.postings.get(&IndexKey::FollowingUnassigned(manager));
    }
    chats
}

/// The key of a hashtag. The text of a view cannot name one that cannot exist, but a view built in code can.
fn hashtag_key(word: &str) -> Result<IndexKey, Refusal> {
    match wrong_in_hashtag(word) {
        None => Ok(IndexKey::Hashtag(normal_form(word).as_ref().into())),
        Some(_) => Err(Refusal::new(Code::Malformed, format!("found {word:?}, expected {A_HASHTAG}"))),
    }
}

/// The key of a value in a custom index that is complete.
fn custom_key(state: &State, index: &str, value: &str) -> Result<IndexKey, Refusal> {
    match state.find_index(index) {
        Some((id, IndexState::Readable)) => Ok(IndexKey::Custom(id, value.into())),
        Some((_, IndexState::Building { .. })) => {
            Err(Refusal::new(Code::IndexBuilding, format!("the index {index:?} is still being built; ask again later")))
        }
        None => Err(Refusal::new(Code::UnknownIndex, format!("no index {index:?} is registered"))),
    }
}

/// Whether the postings of a view are loaded on demand.
#[inline]
pub(crate) fn is_on_demand(kind: &ViewKind) -> bool {
    kind_of_keys(kind).is_on_demand()
}

/// The kind of the keys behind a view.
#[inline]
const fn kind_of_keys(kind: &ViewKind) -> IndexKind {
    match kind {
        ViewKind::All => IndexKind::All,
        ViewKind::Unassigned => IndexKind::Unassigned,
        ViewKind::Assigned(_) => IndexKind::Assignee,
        ViewKind::Following(_) | ViewKind::Sessions(_) => IndexKind::Following,
        ViewKind::Unread(_) => IndexKind::Unread,
        ViewKind::Favorites(_) => IndexKind::Favorite,
        ViewKind::Tag(_) => IndexKind::Tag,
        ViewKind::Customer(_) => IndexKind::Customer,
        ViewKind::Hashtag(_) => IndexKind::Hashtag,
        ViewKind::Custom(_) => IndexKind::Custom,
    }
}

/// The key behind a view with on-demand postings; `None` for other views.
pub(crate) fn on_demand_key(state: &State, kind: &ViewKind) -> Option<IndexKey> {
    match kind {
        ViewKind::Customer(customer) => Some(IndexKey::Customer(*customer)),
        ViewKind::Hashtag(word) => hashtag_key(word).ok(),
        ViewKind::Custom(IndexValue { index, value }) => custom_key(state, index, value).ok(),
        ViewKind::All
        | ViewKind::Unassigned
        | ViewKind::Assigned(_)
        | ViewKind::Following(_)
        | ViewKind::Sessions(_)
        | ViewKind::Unread(_)
        | ViewKind::Favorites(_)
        | ViewKind::Tag(_) => None,
    }
}

/// The on-demand keys of a filter.
pub(crate) fn on_demand_keys(state: &State, filter: &Filter) -> Vec<IndexKey> {
    filter.views().filter_map(|view| on_demand_key(state, &view.kind)).collect()
}
