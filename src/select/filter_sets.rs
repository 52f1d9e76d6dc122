//! Evaluates filters.
//!
//! Every chat has exactly one status, so a filter is evaluated per status. In one status, a view of another status is
//! empty, and a view without a status is that status' set. Complements are moved outwards, which turns every filter
//! into either a computed set or the complement of one.

use std::borrow::Cow;

use roaring::RoaringBitmap;

use crate::error::Refusal;
use crate::model::ChatId;
use crate::select::algebra::{SetOfChats, difference, intersection, intersection_len, kept, union, union_len};
use crate::sets::ChatSet;
use crate::view::{Filter, Node, Operator, View};

static NO_CHATS: ChatSet = ChatSet::List(Vec::new());

/// A set that can be computed from sets of the index.
enum Expression<'s> {
    Empty,
    Set(&'s ChatSet),
    /// Two or more members, the potentially largest last.
    Union(Vec<Expression<'s>>),
    /// The intersection of `wanted` (at least one, the smallest first) without `unwanted`.
    Difference {
        wanted: Vec<Expression<'s>>,
        unwanted: Box<Expression<'s>>,
    },
}

/// The chats of one status that match a filter: a set, or the complement of a set.
pub(crate) struct Term<'s> {
    expression: Expression<'s>,
    is_complement: bool,
}

/// The matches of a filter, per status.
pub(crate) struct FilterSets<'s> {
    /// The term of each status, and all chats of that status.
    parts: [(Term<'s>, &'s ChatSet); 3],
}

/// Evaluates a filter per status from its views. The views are evaluated once each, from left to right; the first
/// refusal is returned.
pub(crate) fn terms_of_filter<'s>(
    filter: &Filter,
    mut view: impl FnMut(&View) -> Result<[Term<'s>; 3], Refusal>,
) -> Result<[Term<'s>; 3], Refusal> {
    terms(filter.node()?, &mut view)
}

/// Evaluates a part of a filter. Recursion is bounded by the small depth of filters.
fn terms<'s>(
    node: &Node,
    view: &mut impl FnMut(&View) -> Result<[Term<'s>; 3], Refusal>,
) -> Result<[Term<'s>; 3], Refusal> {
    match node {
        Node::View(leaf) => view(leaf),
        Node::Not(node) => Ok(terms(node, view)?.map(Term::negated)),
        Node::Joined(operator, members) => {
            let mut of_status: [Vec<Term<'s>>; 3] = Default::default();
            for member in members {
                for (list, term) in of_status.iter_mut().zip(terms(member, view)?) {
                    list.push(term);
                }
            }
            Ok(of_status.map(|terms| match operator {
                Operator::And => Term::all_of(terms),
                Operator::Or => Term::any_of(terms),
            }))
        }
    }
}

impl<'s> Term<'s> {
    pub(crate) fn set(set: &'s ChatSet) -> Self {
        let expression = if set.is_empty() { Expression::Empty } else { Expression::Set(set) };
        Self { expression, is_complement: false }
    }

    pub(crate) fn nothing() -> Self {
        Self { expression: Expression::Empty, is_complement: false }
    }

    /// All chats of the status.
    pub(crate) fn everything() -> Self {
        Self::nothing().negated()
    }

    /// The union of the terms.
    pub(crate) fn any_of(terms: impl IntoIterator<Item = Self>) -> Self {
        Self::all_of(terms.into_iter().map(Term::negated)).negated()
    }

    fn all_of(terms: impl IntoIterator<Item = Self>) -> Self {
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        for term in terms {
            let list = if term.is_complement { &mut unwanted } else { &mut wanted };
            list.push(term.expression);
        }
        if wanted.is_empty() {
            return Self { expression: Expression::union(unwanted), is_complement: true };
        }
        Self { expression: Expression::difference(wanted, unwanted), is_complement: false }
    }

    fn negated(self) -> Self {
        Self { is_complement: !self.is_complement, ..self }
    }

    fn contains(&self, chat: ChatId) -> bool {
        self.expression.contains(chat) != self.is_complement
    }

    fn len(&self, all: &ChatSet) -> u64 {
        let len = self.expression.len();
        if self.is_complement { all.len() - len } else { len }
    }

    fn len_max(&self, all: &ChatSet) -> u64 {
        if self.is_complement { all.len() } else { self.expression.len_max().min(all.len()) }
    }

    fn chats(&self, all: &'s ChatSet) -> SetOfChats<'s> {
        let chats = self.expression.chats();
        if self.is_complement { difference(Cow::Borrowed(all), &chats) } else { chats }
    }
}

impl<'s> Expression<'s> {
    fn union(members: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(members.len());
        for member in members {
            match member {
                Expression::Empty => {}
                Expression::Union(members) => flat.extend(members),
                member => flat.push(member),
            }
        }
        flat.sort_by_cached_key(Expression::len_max);
        match flat.pop() {
            None => Expression::Empty,
            Some(only) if flat.is_empty() => only,
            Some(largest) => {
                flat.push(largest);
                Expression::Union(flat)
            }
        }
    }

    /// The intersection of `members`, which must not be empty, without `unwanted`.
    fn difference(members: Vec<Self>, mut unwanted: Vec<Self>) -> Self {
        let mut wanted = Vec::with_capacity(members.len());
        for member in members {
            match member {
                Expression::Empty => return Expression::Empty,
                Expression::Difference { wanted: inner, unwanted: out } => {
                    wanted.extend(inner);
                    unwanted.push(*out);
                }
                member => wanted.push(member),
            }
        }
        wanted.sort_by_cached_key(Expression::len_max);
        match (Expression::union(unwanted), wanted.len()) {
            (Expression::Empty, 1) => wanted.pop().unwrap_or(Expression::Empty),
            (unwanted, _) => Expression::Difference { wanted, unwanted: Box::new(unwanted) },
        }
    }

    fn contains(&self, chat: ChatId) -> bool {
        match self {
            Expression::Empty => false,
            Expression::Set(set) => set.contains(chat),
            Expression::Union(members) => members.iter().any(|member| member.contains(chat)),
            Expression::Difference { wanted, unwanted } => {
                wanted.iter().all(|member| member.contains(chat)) && !unwanted.contains(chat)
            }
        }
    }

    /// An upper bound of the number of chats.
    fn len_max(&self) -> u64 {
        match self {
            Expression::Empty => 0,
            Expression::Set(set) => set.len(),
            Expression::Union(members) => members.iter().map(Expression::len_max).sum(),
            Expression::Difference { wanted, .. } => wanted.first().map_or(0, Expression::len_max),
        }
    }

    /// The number of chats. The last operation only counts.
    fn len(&self) -> u64 {
        match self {
            Expression::Empty => 0,
            Expression::Set(set) => set.len(),
            Expression::Union(members) => {
                let Some((largest, others)) = members.split_last() else { return 0 };
                union_len(&union_of(others), &largest.chats())
            }
            Expression::Difference { wanted, unwanted } => match (wanted.split_last(), &**unwanted) {
                (Some((last, others @ [_, ..])), Expression::Empty) => last.len_in(&intersection_of(others)),
                (_, unwanted) => {
                    let chats = intersection_of(wanted);
                    chats.len() - unwanted.len_in(&chats)
                }
            },
        }
    }

    /// The number of chats shared with `chats`.
    fn len_in(&self, chats: &ChatSet) -> u64 {
        match chats {
            ChatSet::List(list) => list.iter().filter(|chat| self.contains(ChatId(**chat))).count() as u64,
            chats => intersection_len(&self.chats(), chats),
        }
    }

    fn chats(&self) -> SetOfChats<'s> {
        match self {
            Expression::Empty => Cow::Borrowed(&NO_CHATS),
            Expression::Set(set) => Cow::Borrowed(set),
            Expression::Union(members) => union_of(members),
            Expression::Difference { wanted, unwanted } => unwanted.taken_from(intersection_of(wanted)),
        }
    }

    /// The members of `chats` that are also in this set. For few chats, each is looked up without computing the set.
    fn kept_of(&self, chats: SetOfChats<'s>) -> SetOfChats<'s> {
        match &*chats {
            ChatSet::List(list) => kept(list, |chat| self.contains(chat)),
            ChatSet::Bitmap { .. } => intersection(chats, &self.chats()),
        }
    }

    /// The members of `chats` that are not in this set.
    fn taken_from(&self, chats: SetOfChats<'s>) -> SetOfChats<'s> {
        match &*chats {
            ChatSet::List(list) => kept(list, |chat| !self.contains(chat)),
            ChatSet::Bitmap { .. } => difference(chats, &self.chats()),
        }
    }
}

/// Starts with the largest set and adds the others.
fn union_of<'s>(members: &[Expression<'s>]) -> SetOfChats<'s> {
    let sets = members.iter().rev().map(Expression::chats);
    sets.reduce(|chats, set| union(chats, &set)).unwrap_or(Cow::Borrowed(&NO_CHATS))
}

/// Starts with the smallest set, and stops when the result is empty.
fn intersection_of<'s>(members: &[Expression<'s>]) -> SetOfChats<'s> {
    let Some((smallest, others)) = members.split_first() else { return Cow::Borrowed(&NO_CHATS) };
    let mut chats = smallest.chats();
    for member in others {
        if chats.is_empty() {
            break;
        }
        chats = member.kept_of(chats);
    }
    chats
}

impl<'s> FilterSets<'s> {
    /// From the term of each status, and all chats of that status where there are any.
    pub(crate) fn new(terms: [Term<'s>; 3], all: [Option<&'s ChatSet>; 3]) -> Self {
        let [open, snoozed, closed] = terms;
        let [all_open, all_snoozed, all_closed] = all.map(|chats| chats.unwrap_or(&NO_CHATS));
        Self { parts: [(open, all_open), (snoozed, all_snoozed), (closed, all_closed)] }
    }

    /// The number of chats per status.
    pub(crate) fn lens(&self) -> [u64; 3] {
        self.parts.each_ref().map(|(term, all)| term.len(all))
    }

    /// An upper bound of the number of chats.
    pub(crate) fn len_max(&self) -> u64 {
        self.parts.iter().map(|(term, all)| term.len_max(all)).sum()
    }

    /// Whether a chat of the workspace matches.
    pub(crate) fn contains(&self, chat: ChatId) -> bool {
        let of_status = self.parts.iter().find(|(_, all)| all.contains(chat));
        of_status.is_some_and(|(term, _)| term.contains(chat))
    }

    /// The matching chats per status.
    pub(crate) fn sets(&self) -> [Cow<'s, ChatSet>; 3] {
        self.parts.each_ref().map(|(term, all)| term.chats(all))
    }

    /// All matching chats.
    pub(crate) fn to_bitmap(&self) -> RoaringBitmap {
        let [open, snoozed, closed] = self.sets();
        union(union(open, &snoozed), &closed).to_bitmap()
    }
}
