//! Servers in network namespaces of their own, joined by a bridge, so that the network between two of them can be cut.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Namespaces, one for each server. They go with it.
#[derive(Debug)]
pub(crate) struct Network {
    name: String,
    subnet: String,
    count: usize,
}

impl Network {
    /// Makes them, or says why that is not possible here.
    pub(crate) fn new(count: usize) -> Result<Self, String> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = std::process::id().wrapping_mul(8).wrapping_add(MADE.fetch_add(1, Ordering::Relaxed));
        let subnet = format!("10.{}.{}", 192 + number / 256 % 32, number % 256);
        let network = Self { name: format!("ibx{:x}", number % 0xfff_ffff), subnet, count };
        network.make()?;
        Ok(network)
    }

    fn make(&self) -> Result<(), String> {
        let Self { name, subnet, .. } = self;
        ip(&format!("link add {name} type bridge"))?;
        ip(&format!("address add {subnet}.254/24 dev {name}"))?;
        ip(&format!("link set {name} up"))?;
        for index in 0..self.count {
            let (namespace, host) = (self.namespace(index), self.host(index));
            ip(&format!("netns add {namespace}"))?;
            ip(&format!("link add {name}-{index} type veth peer name eth0 netns {namespace}"))?;
            ip(&format!("link set {name}-{index} master {name} up"))?;
            ip(&format!("-n {namespace} address add {host}/24 dev eth0"))?;
            ip(&format!("-n {namespace} link set eth0 up"))?;
            ip(&format!("-n {namespace} link set lo up"))?;
        }
        Ok(())
    }

    pub(crate) fn namespace(&self, index: usize) -> String {
        format!("{}-{index}", self.name)
    }

    pub(crate) fn host(&self, index: usize) -> String {
        format!("{}.{}", self.subnet, index + 1)
    }

    /// Cuts the network between a server and all others, or heals it. Clients reach all of them throughout.
    pub(crate) fn cut(&self, index: usize, is_cut: bool) -> Result<(), String> {
        let action = if is_cut { "add" } else { "del" };
        for other in (0..self.count).filter(|other| *other != index) {
            for (from, to) in [(index, other), (other, index)] {
                let (namespace, host) = (self.namespace(from), self.host(to));
                ip(&format!("-n {namespace} route {action} blackhole {host}/32"))?;
            }
        }
        Ok(())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // What was not made cannot be removed.
        for index in 0..self.count {
            let _missing = ip(&format!("netns delete {}", self.namespace(index)));
        }
        let _missing = ip(&format!("link delete {}", self.name));
    }
}

fn ip(arguments: &str) -> Result<(), String> {
    let said = Command::new("ip").args(arguments.split(' ')).stdin(Stdio::null()).output();
    let said = said.map_err(|error| format!("ip: {error}"))?;
    match said.status.success() {
        true => Ok(()),
        false => Err(format!("ip {arguments}: {}", String::from_utf8_lossy(&said.stderr).trim())),
    }
}
