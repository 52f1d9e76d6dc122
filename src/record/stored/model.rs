//! The stored forms of the public model: ids, people, messages, actions.

use super::{stored_enum, stored_newtype, stored_struct};
use crate::command::Action;
use crate::model::{
    Actor, ChatId, CustomerId, File, ManagerId, MessageId, NotificationKind, Place, ProfileField, Role, Status, TagId,
    Timestamp, Visibility, WorkspaceId,
};

stored_newtype!(WorkspaceId);
stored_newtype!(ManagerId);
stored_newtype!(CustomerId);
stored_newtype!(ChatId);
stored_newtype!(MessageId);
stored_newtype!(TagId);
stored_newtype!(Place);
stored_newtype!(Timestamp);

stored_enum!(Status { 0 => Open, 1 => Snoozed, 2 => Closed });
stored_enum!(Role { 0 => Owner, 1 => Member });
stored_enum!(Visibility { 0 => Public, 1 => Internal });
stored_enum!(NotificationKind { 0 => Assigned, 1 => SnoozeEnded, 2 => Mentioned, 3 => Message });
stored_enum!(Actor { 0 => System, 1 => Manager(manager), 2 => Customer(customer) });

stored_struct!(File { name, url, media_type, bytes });
stored_struct!(ProfileField { key, label, shown });

stored_enum!(Action {
    0 => Assign { manager },
    1 => Unassign {},
    2 => Follow { managers },
    3 => Unfollow { managers },
    4 => Tag { tags },
    5 => Untag { tags },
    6 => SendMessage { visibility, text, files },
    7 => Open {},
    8 => Snooze { until },
    9 => Close {},
    10 => MarkRead {},
    11 => Leave {},
});
