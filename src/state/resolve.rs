//! From views and filters to the sets of chats that they stand for.

use roaring::RoaringBitmap;

use super::{Facts, State};
use crate::error::{Code, Refusal};
use crate::index::{ChatSet, Key, Posting, Selection, Term};
use crate::model::{CustomerId, ManagerId, Status};
use crate::query::StatusCounts;
use crate::record::IndexState;
use crate::view::{Filter, View, ViewKind};

/// What a view holds: the chats of one posting or of two, of which some are in both.
pub(crate) struct Chats<'s> {
    postings: [Option<&'s Posting>; 2],
    in_both: Option<&'s Posting>,
}

impl<'s> Chats<'s> {
    fn of(state: &'s State, key: &Key) -> Self {
        Self { postings: [state.postings.get(key), None], in_both: None }
    }

    /// How many of each status.
    #[inline]
    pub(crate) fn counts(&self) -> StatusCounts {
        let counts = |posting: Option<&Posting>| posting.map(Posting::counts).unwrap_or_default();
        let (first, second) = (counts(self.postings[0]), counts(self.postings[1]));
        let twice = counts(self.in_both);
        StatusCounts {
            open: first.open + second.open - twice.open,
            snoozed: first.snoozed + second.snoozed - twice.snoozed,
            closed: first.closed + second.closed - twice.closed,
        }
    }

    /// The sets whose union they are; with a status, of that one only.
    pub(crate) fn sets(&self, status: Option<Status>) -> Vec<&'s ChatSet> {
        let statuses: &[Status] = status.as_ref().map_or(&Status::ALL, std::slice::from_ref);
        let postings = self.postings.iter().flatten();
        postings.flat_map(|posting| statuses.iter().map(|status| posting.set(*status))).collect()
    }

    /// The chats of one status, as a part of a filter.
    fn term(&self, status: Status) -> Term<'s> {
        match self.postings {
            [Some(posting), None] => Term::set(posting.set(status)),
            postings => Term::any_of(postings.into_iter().flatten().map(|posting| Term::set(posting.set(status)))),
        }
    }
}

/// Finds what a view holds. Its postings are loaded, and its customer is known.
#[inline]
pub(crate) fn resolve<'s>(state: &'s State, kind: &ViewKind) -> Result<Chats<'s>, Refusal> {
    let manager = |manager: &ManagerId| state.check_manager(*manager).map(|()| *manager);
    let of = |key: Key| Chats::of(state, &key);
    Ok(match kind {
        ViewKind::All => of(Key::All),
        ViewKind::Unassigned => of(Key::Unassigned),
        ViewKind::Assigned(id) => of(Key::Assignee(manager(id)?)),
        ViewKind::Following(id) => of(Key::Following(manager(id)?)),
        ViewKind::Unread(id) => of(Key::Unread(manager(id)?)),
        ViewKind::Favorites(id) => of(Key::Favorite(manager(id)?)),
        ViewKind::Sessions(id) => sessions(state, manager(id)?),
        ViewKind::Tag(path) => {
            let tag = state.tags.find(path);
            of(Key::Tag(tag.ok_or_else(|| Refusal::new(Code::UnknownTag, format!("there is no tag {path:?}")))?))
        }
        ViewKind::Customer(customer) => of(Key::Customer(*customer)),
        ViewKind::Hashtag(word) => of(hashtag_key(word)),
        ViewKind::Custom { index, value } => of(custom_key(state, index, value)?),
    })
}

/// Finds what a filter holds. Its postings are loaded; of the customers that it names these are unknown.
pub(crate) fn resolve_filter<'s>(
    state: &'s State,
    filter: &Filter,
    unknown_customers: &[CustomerId],
) -> Result<Selection<'s>, Refusal> {
    let terms = filter.terms(|view| {
        if let Some(customer) = view.kind.customer()
            && unknown_customers.contains(&customer)
        {
            return Err(Refusal::unknown_customer(customer));
        }
        terms_of_view(state, view)
    })?;
    let all = state.postings.get(&Key::All);
    Ok(Selection::new(terms, Status::ALL.map(|status| all.map(|posting| posting.set(status)))))
}

/// What a view holds of each status.
fn terms_of_view<'s>(state: &'s State, view: &View) -> Result<[Term<'s>; 3], Refusal> {
    let chats = resolve(state, &view.kind)?;
    Ok(Status::ALL.map(|status| match view {
        View { status: Some(wanted), .. } if *wanted != status => Term::nothing(),
        View { kind: ViewKind::All, .. } => Term::everything(),
        _ => chats.term(status),
    }))
}

/// All chats that a filter holds, of any status, in one set: what is done with each of them begins here. The
/// postings of its [`lazy_keys`](Filter::lazy_keys) are loaded, and its [`customers`](Filter::customers) are pinned.
pub(crate) fn select(facts: Facts<'_>, filter: &Filter) -> Result<RoaringBitmap, Refusal> {
    let unknown_customers: Vec<CustomerId> =
        filter.customers().filter(|customer| facts.customer(*customer).is_none()).collect();
    resolve_filter(facts.state, filter, &unknown_customers).map(|selection| selection.to_bitmap())
}

/// The chats that a manager follows and, in operator mode, those without an assignee.
pub(crate) fn sessions(state: &State, manager: ManagerId) -> Chats<'_> {
    let mut chats = Chats::of(state, &Key::Following(manager));
    if state.operators.contains(manager) {
        chats.postings[1] = state.postings.get(&Key::Unassigned);
        chats.in_both = state.postings.get(&Key::FollowingUnassigned(manager));
    }
    chats
}

fn hashtag_key(word: &str) -> Key {
    Key::Hashtag(word.to_lowercase().into())
}

/// The key of a value in a custom index that views may use.
fn custom_key(state: &State, index: &str, value: &str) -> Result<Key, Refusal> {
    match state.find_index(index) {
        Some((id, IndexState::Readable)) => Ok(Key::Custom(id, value.into())),
        Some((_, IndexState::Building { .. })) => {
            Err(Refusal::new(Code::IndexBuilding, format!("the index {index:?} is still being built; ask again later")))
        }
        None => Err(Refusal::new(Code::UnknownIndex, format!("no index {index:?} is registered"))),
    }
}

impl ViewKind {
    /// The customer that the view names.
    pub(crate) fn customer(&self) -> Option<CustomerId> {
        match self {
            ViewKind::Customer(customer) => Some(*customer),
            _ => None,
        }
    }

    /// Whether its postings are loaded on demand.
    pub(crate) fn is_on_demand(&self) -> bool {
        matches!(self, ViewKind::Customer(_) | ViewKind::Hashtag(_) | ViewKind::Custom { .. })
    }

    /// The key whose postings are loaded on demand, where the view has one.
    pub(crate) fn lazy_key(&self, state: &State) -> Option<Key> {
        match self {
            ViewKind::Customer(customer) => Some(Key::Customer(*customer)),
            ViewKind::Hashtag(word) => Some(hashtag_key(word)),
            ViewKind::Custom { index, value } => custom_key(state, index, value).ok(),
            _ => None,
        }
    }
}

impl Filter {
    /// The customers that its views name.
    pub(crate) fn customers(&self) -> impl Iterator<Item = CustomerId> {
        self.views().filter_map(|view| view.kind.customer())
    }

    /// The keys of its views whose postings are loaded on demand.
    pub(crate) fn lazy_keys(&self, state: &State) -> Vec<Key> {
        self.views().filter_map(|view| view.kind.lazy_key(state)).collect()
    }
}
