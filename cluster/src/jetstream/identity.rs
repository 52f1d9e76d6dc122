//! The files by which a node and the servers know each other, read before anything is connected: the client would only say that
//! something is wrong, and takes a file without certificates for one.

use std::path::Path;

use async_nats::rustls::crypto::ring;
use async_nats::rustls::pki_types::pem::{self, PemObject};
use async_nats::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use async_nats::rustls::sign::CertifiedKey;

use super::{JetStreamOptions, OpenError};

/// Checks that the files have what they should have.
pub(super) fn check(options: &JetStreamOptions) -> Result<(), OpenError> {
    if let Some(file) = &options.root_certificates {
        certificates(file)?;
    }
    if let Some((certificate, key)) = &options.client_certificate {
        let chain = certificates(certificate)?;
        let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, "key", &error))?;
        CertifiedKey::from_der(chain, secret, &ring::default_provider()).map_err(|error| {
            let (certificate, key) = (certificate.display(), key.display());
            OpenError::Options(format!("the certificate {certificate} cannot be used with the key {key}: {error}"))
        })?;
    }
    Ok(())
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, OpenError> {
    let found = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match found {
        Ok(found) if found.is_empty() => Err(wrong(file, "certificate", &pem::Error::NoItemsFound)),
        Ok(found) => Ok(found),
        Err(error) => Err(wrong(file, "certificate", &error)),
    }
}

fn wrong(file: &Path, what: &str, error: &pem::Error) -> OpenError {
    let file = file.display();
    OpenError::Options(match error {
        pem::Error::Io(error) => format!("cannot read {file}: {error}"),
        pem::Error::NoItemsFound => format!("{file} has no {what} in PEM form"),
        error => format!("{file} has no {what} in PEM form: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use inboxdb_nats::Authority;

    use super::*;

    #[test]
    fn files_that_are_not_what_they_should_be_are_named() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let file = home.path().join(name);
            fs::write(&file, text).unwrap();
            file
        };
        let (authority, missing) = (Authority::new("ca"), home.path().join("missing.pem"));
        let (one, other) = (authority.certify_client("one"), authority.certify_client("other"));
        let ca = write("ca.pem", &authority.certificate);
        let (certificate, key) = (write("node.pem", &one.certificate), write("key.pem", &one.key));
        let (other_key, empty) = (write("other.pem", &other.key), write("empty.pem", "nothing"));
        let options = || JetStreamOptions::new("tls://a").root_certificates(&ca);
        assert!(check(&options().client_certificate(&certificate, &key)).is_ok());
        for (options, words) in [
            (options().root_certificates(&missing), "missing.pem: "),
            (options().root_certificates(&empty), "empty.pem has no certificate"),
            (options().client_certificate(&missing, &key), "missing.pem"),
            (options().client_certificate(&certificate, &empty), "empty.pem has no key"),
            (options().client_certificate(&certificate, &certificate), "node.pem has no key"),
            (options().client_certificate(&certificate, &other_key), "cannot be used with the key"),
        ] {
            let said = check(&options).unwrap_err().to_string();
            assert!(said.contains(words), "{words}: {said}");
        }
    }
}
