//! The originator of a command or message.

use serde::{Deserialize, Serialize};

use super::{CustomerId, ManagerId};

/// The originator of a command, or the author of a message.
///
/// In JSON `"system"`, `{"manager":7}` or `{"customer":5}`; in text `system`, `manager:7` or `customer:5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actor {
    /// The host application.
    System,
    /// A person who answers chats.
    Manager(ManagerId),
    /// A person who starts chats.
    Customer(CustomerId),
}

impl Actor {
    /// Returns the manager's id, or `None` if the actor is not a manager.
    pub fn manager(self) -> Option<ManagerId> {
        match self {
            Actor::Manager(manager) => Some(manager),
            Actor::System | Actor::Customer(_) => None,
        }
    }
}

impl From<ManagerId> for Actor {
    fn from(manager: ManagerId) -> Self {
        Actor::Manager(manager)
    }
}

impl From<CustomerId> for Actor {
    fn from(customer: CustomerId) -> Self {
        Actor::Customer(customer)
    }
}
