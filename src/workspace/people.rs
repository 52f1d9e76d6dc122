//! The managers as sidebars show them.

use std::sync::Arc;

use super::State;
use crate::heap;
use crate::model::ManagerId;

/// Managers with their names, by id. Each sidebar has these lists, too.
#[derive(Debug, Clone)]
pub(crate) struct People {
    /// Those in operator mode.
    pub(crate) operators: Arc<[(ManagerId, Arc<str>)]>,
    pub(crate) others: Arc<[(ManagerId, Arc<str>)]>,
}

impl People {
    /// The approximate memory in bytes, without the names.
    pub(super) fn heap_bytes(&self) -> usize {
        [&self.operators, &self.others].map(|list| heap::of_arc_slice::<(ManagerId, Arc<str>)>(list.len())).iter().sum()
    }
}

impl State {
    /// The managers. The first time after one got another name or mode, the lists are made.
    pub(crate) fn people(&self) -> &People {
        self.people.get_or_init(|| {
            let list = |operator: bool| {
                let managers = self.managers.iter().filter(|(_, record)| record.operator == operator);
                managers.map(|(manager, record)| (*manager, Arc::clone(&record.name))).collect()
            };
            People { operators: list(true), others: list(false) }
        })
    }
}
