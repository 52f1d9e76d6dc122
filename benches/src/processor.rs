//! What work costs, whatever else the machine does.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The time that all threads of this process have spent on processors.
pub fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}
