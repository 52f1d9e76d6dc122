//! The team of the demo's shop and its tags: 40 managers, 12 of them operators.

use inboxdb::{Actor, Command, Envelope, Error, ManagerId, Role, Workspace, WorkspaceId};

use super::calendar::START;
use crate::random::Random;

/// The one workspace of the demo.
pub(super) const WORKSPACE: WorkspaceId = WorkspaceId(1);
/// The manager whose inbox the demo shows: an operator.
pub(super) const VIEWER: ManagerId = ManagerId(3);

const OWNER: ManagerId = ManagerId(1);
const OWNERS: u64 = 2;

/// The managers, numbered from 1. The first two are the owners.
const NAMES: [&str; 40] = [
    "Hana Lindqvist",
    "Tom Okafor",
    "Mina Park",
    "Lukas Weber",
    "Sofia Marín",
    "박지훈",
    "Grace Mbeki",
    "Jonas Fischer",
    "Aiko Tanaka",
    "Priya Raman",
    "Oliver Hughes",
    "최서연",
    "Elena Rossi",
    "Mateusz Nowak",
    "Noah Bennett",
    "Anna Schäfer",
    "Diego Fuentes",
    "이도윤",
    "Camille Laurent",
    "Yusuf Demir",
    "Ruth Adeyemi",
    "Kenji Mori",
    "Ingrid Solberg",
    "Marco Bianchi",
    "정하은",
    "Emily Carter",
    "Pavel Dvořák",
    "Leila Haddad",
    "Samuel Osei",
    "Nora Keller",
    "강민서",
    "Ben Thornton",
    "Isabel Duarte",
    "Frida Nyström",
    "Arjun Mehta",
    "Chloé Martin",
    "Viktor Hahn",
    "Maya Cohen",
    "윤재원",
    "Daniel Sørensen",
];

/// Operators answer whatever comes in. The others are specialists who get chats from operators.
const OPERATORS: [u64; 12] = [3, 4, 5, 6, 7, 9, 11, 12, 14, 17, 20, 25];

/// How many chats a manager takes, relative to the others.
fn load(manager: u64) -> u64 {
    match manager {
        1..=OWNERS => 0,
        _ if OPERATORS.contains(&manager) => 16 + manager * 5 % 11,
        _ => 1 + manager * 7 % 4,
    }
}

/// The tags. Missing parents are created with them.
const TAGS: &[&str] = &[
    "order/status",
    "order/change",
    "order/cancel",
    "order/gift",
    "delivery/late",
    "delivery/lost",
    "delivery/damaged",
    "delivery/address",
    "delivery/pickup",
    "delivery/abroad/customs",
    "delivery/abroad/insurance",
    "billing/refund/partial",
    "billing/refund/full",
    "billing/invoice/vat",
    "billing/card/declined",
    "billing/card/3d-secure",
    "billing/voucher",
    "billing/double-charge",
    "product/size",
    "product/stock/restock",
    "product/stock/preorder",
    "product/defect/battery",
    "product/defect/crack",
    "product/manual",
    "product/spare-part",
    "returns/label",
    "returns/exchange",
    "returns/warranty",
    "returns/late",
    "account/login/2fa",
    "account/login/password",
    "account/email",
    "account/privacy",
    "app/ios",
    "app/android",
    "app/push",
    "wholesale/quote",
    "wholesale/contract",
    "feedback/praise",
    "feedback/complaint",
    "feedback/idea",
    "language/한국어",
    "language/deutsch",
    "team/escalated",
    "team/callback",
    "team/night",
    "team/물류",
    "vip",
    "spam",
];

/// Followers of tags, who get recommended for their chats.
const TAG_FOLLOWERS: [(&str, u64); 6] = [
    ("billing", 16),
    ("billing/refund", 19),
    ("delivery/abroad", 22),
    ("app", 35),
    ("wholesale", 10),
    ("language/한국어", 39),
];

/// The commands that set up the team and its tags.
pub(super) fn setup() -> impl Iterator<Item = Envelope> {
    let managers = NAMES.iter().zip(1..).map(|(name, id)| {
        let role = if id <= OWNERS { Role::Owner } else { Role::Member };
        // The host application makes the first owner.
        let actor = if ManagerId(id) == OWNER { Actor::System } else { Actor::Manager(OWNER) };
        (actor, Command::put_manager(ManagerId(id), *name, role))
    });
    let by_owner = |command| (Actor::Manager(OWNER), command);
    let operators = OPERATORS.iter().map(|id| Command::set_operator(ManagerId(*id), true));
    let online = (1..=NAMES.len() as u64).filter(|id| id % 3 != 1);
    let online = online.map(|id| Command::set_online(ManagerId(id), true));
    let tags = TAGS.iter().map(|path| Command::create_tag(*path));
    let follow = |(path, id): &(&str, u64)| Command::follow_tag(*path, ManagerId(*id));
    let rest = operators.chain(online).chain(tags).chain(TAG_FOLLOWERS.iter().map(follow));
    let commands = managers.chain(rest.map(by_owner));
    commands.map(|(actor, command)| Envelope::new(WORKSPACE, START, actor, command))
}

/// Whether the first managers of a workspace are this team.
pub(super) fn is_in(workspace: &Workspace) -> Result<bool, Error> {
    let managers = workspace.managers()?;
    Ok(managers.iter().take(NAMES.len()).map(|manager| &*manager.name).eq(NAMES))
}

/// An operator other than one, to pass chats on.
pub(super) fn other_operator(random: &mut Random, than: ManagerId) -> ManagerId {
    let others: Vec<u64> = OPERATORS.into_iter().filter(|id| *id != than.0).collect();
    ManagerId(others[random.below(others.len() as u64) as usize])
}

/// A manager to take a chat.
pub(super) fn agent(random: &mut Random) -> ManagerId {
    ManagerId(1 + random.weighted((1..=NAMES.len() as u64).map(load)) as u64)
}

/// Another manager to ask for help.
pub(super) fn helper(random: &mut Random, agent: ManagerId) -> ManagerId {
    let id = random.between(1, NAMES.len() as u64);
    // Any manager but the agent.
    ManagerId(if id < agent.0 { id } else { id + 1 })
}

/// The name that a manager signs with.
pub(super) fn first_name(manager: ManagerId) -> &'static str {
    let name = NAMES[(manager.0 as usize - 1) % NAMES.len()];
    name.split(' ').next().unwrap_or(name)
}
