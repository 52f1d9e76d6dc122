//! The machine: figures mean little without it.

use std::thread;

use serde::Serialize;
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System};

/// What the run had.
#[derive(Serialize)]
pub(super) struct Machine {
    /// Cores that this process may use.
    pub(super) cores: usize,
    pub(super) processor: Option<String>,
    pub(super) memory_bytes: u64,
    pub(super) os: Option<String>,
    pub(super) kernel: Option<String>,
}

impl Machine {
    pub(super) fn this() -> Self {
        let memory = MemoryRefreshKind::nothing().with_ram();
        let wanted = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing()).with_memory(memory);
        let system = System::new_with_specifics(wanted);
        let processor = system.cpus().first().map(|cpu| cpu.brand().trim().to_owned());
        Self {
            cores: thread::available_parallelism().map_or(1, usize::from),
            processor: processor.filter(|name| !name.is_empty()),
            memory_bytes: system.total_memory(),
            os: System::long_os_version(),
            kernel: System::kernel_version(),
        }
    }
}

/// The memory that this process has, in bytes; 0 where that cannot be known.
pub(super) fn resident_bytes() -> u64 {
    let Ok(own) = sysinfo::get_current_pid() else { return 0 };
    let mut system = System::new();
    let wanted = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), false, wanted);
    system.process(own).map_or(0, sysinfo::Process::memory)
}
