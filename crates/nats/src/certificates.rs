//! Certificates of an authority of our own.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};

use crate::made;

/// An authority that signs certificates.
#[derive(Debug)]
pub struct Authority {
    /// Its own certificate, in PEM form.
    pub certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key, both in PEM form.
#[derive(Debug)]
pub struct Certified {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

impl Authority {
    /// Makes an authority.
    ///
    /// # Panics
    ///
    /// If the system gives no random numbers.
    pub fn new(name: &str) -> Self {
        let mut params = named(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = made(KeyPair::generate());
        let certificate = made(params.self_signed(&key)).pem();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// Certifies a server that is reached by these names and addresses. Servers are each other's clients too.
    ///
    /// # Panics
    ///
    /// If a name cannot be one of a host.
    pub fn certify_server(&self, name: &str, hosts: &[&str]) -> Certified {
        self.certify(name, hosts, &[ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth])
    }

    /// Certifies what connects to servers.
    ///
    /// # Panics
    ///
    /// If the system gives no random numbers.
    pub fn certify_client(&self, name: &str) -> Certified {
        self.certify(name, &[], &[ExtendedKeyUsagePurpose::ClientAuth])
    }

    fn certify(&self, name: &str, hosts: &[&str], usages: &[ExtendedKeyUsagePurpose]) -> Certified {
        let mut params = named(name, hosts);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = usages.to_vec();
        let key = made(KeyPair::generate());
        let certificate = made(params.signed_by(&key, &self.issuer)).pem();
        Certified { certificate, key: key.serialize_pem() }
    }
}

fn named(name: &str, hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = made(CertificateParams::new(hosts));
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
