use super::State;
use crate::error::Refusal;
use crate::index::{Key, View};
use crate::model::Status;
use roaring::RoaringBitmap;
pub(crate) fn lazy_keys(_filter: &View) -> Vec<Key> {
    Vec::new()
}
pub(crate) fn select(state: &State, filter: &View) -> Result<RoaringBitmap, Refusal> {
    let mut all = RoaringBitmap::new();
    if let Some(posting) = state.postings.get(&Key::All) {
        for status in Status::ALL {
            if filter.status.is_none_or(|wanted| wanted == status) {
                all |= posting.set(status).to_bitmap();
            }
        }
    }
    Ok(all)
}
