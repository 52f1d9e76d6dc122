//! What keeps a node out until a password, a certificate or a name is corrected, in words that say which.

use std::error::Error;
use std::io;

use async_nats::rustls::{self, AlertDescription, CertificateError};
use async_nats::{ConnectError, ConnectErrorKind};

use super::{JetStreamOptions, Login};

/// Returns what is wrong, if waiting does not help.
pub(super) fn reason(error: &ConnectError, options: &JetStreamOptions) -> Option<String> {
    if error.kind() == ConnectErrorKind::AuthorizationViolation {
        return Some(unknown_user(options.login.as_ref()));
    }
    if let Some(error) = find::<rustls::Error>(error) {
        return Some(of_tls(error, options));
    }
    // The client could not make use of the files or the name of a server.
    (error.kind() == ConnectErrorKind::Tls).then(|| error.to_string())
}

/// Returns what may be wrong, if the servers hang up. With TLS 1.3 their reason can be lost: they give it behind the handshake,
/// when this node is already sending.
pub(super) fn suspicion(error: &ConnectError, options: &JetStreamOptions) -> &'static str {
    let is_hung_up = find::<io::Error>(error).is_some_and(|error| {
        matches!(
            error.kind(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof
        )
    });
    let has_tls = options.root_certificates.is_some() || options.servers.iter().any(|url| url.starts_with("tls://"));
    match is_hung_up && has_tls && options.client_certificate.is_none() {
        true => "; perhaps they want a certificate of this node: --log-certificate and --log-key",
        false => "",
    }
}

fn unknown_user(login: Option<&Login>) -> String {
    match login {
        None => "they let in users only, and none is given: --log-user and --log-password-file".to_owned(),
        Some(Login::Password { user, .. }) => {
            format!("they do not know the user {user} with this password: --log-user and --log-password-file")
        }
        Some(Login::Token(_)) => "they do not know this token: --log-token-file".to_owned(),
    }
}

fn of_tls(error: &rustls::Error, options: &JetStreamOptions) -> String {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => match &options.root_certificates {
            Some(file) => {
                format!("their certificate is not signed by one in {} (--log-ca)", file.display())
            }
            None => {
                "this system does not know who signed their certificate: name a file with the right one with --log-ca"
                    .to_owned()
            }
        },
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => format!("their certificate is one for other hosts than --log names ({error})"),
        rustls::Error::InvalidCertificate(_) => format!("their certificate is not good ({error})"),
        rustls::Error::AlertReceived(alert) => of_alert(*alert, options),
        rustls::Error::InvalidMessage(_) => format!("they do not speak TLS, which is asked for ({error})"),
        _ => format!("there is no TLS with them ({error})"),
    }
}

/// What the servers say of this node.
fn of_alert(alert: AlertDescription, options: &JetStreamOptions) -> String {
    let Some((certificate, _)) = &options.client_certificate else {
        return format!("they want a certificate of this node: --log-certificate and --log-key ({alert:?})");
    };
    format!(
        "they do not accept the certificate {} of this node ({alert:?}): it must be signed by one that they know, be for \
         clients, and not have expired",
        certificate.display()
    )
}

/// The first cause of this type.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>() {
            // Its source is the source of what it holds.
            Some(error) => error.get_ref().map(|held| held as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(error: rustls::Error, options: &JetStreamOptions) -> Option<String> {
        reason(&ConnectError::from(io::Error::new(io::ErrorKind::InvalidData, error)), options)
    }

    #[test]
    fn refusals_say_what_to_correct() {
        let plain = JetStreamOptions::new("tls://a");
        let trusting = plain.clone().root_certificates("ca.pem");
        let known = trusting.clone().client_certificate("node.pem", "node-key.pem");
        let unknown = || rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let alert = |alert| rustls::Error::AlertReceived(alert);
        for (reason, words) in [
            (of(unknown(), &plain), "with --log-ca"),
            (of(unknown(), &trusting), "one in ca.pem"),
            (of(alert(AlertDescription::CertificateRequired), &trusting), "want a certificate"),
            (of(alert(AlertDescription::UnknownCA), &known), "do not accept the certificate node.pem"),
            (of(rustls::Error::InvalidCertificate(CertificateError::NotValidForName), &known), "other hosts"),
            (of(rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType), &known), "do not speak TLS"),
        ] {
            let reason = reason.unwrap();
            assert!(reason.contains(words), "{words}: {reason}");
        }
        let hung_up = ConnectError::from(io::Error::from(io::ErrorKind::ConnectionReset));
        assert_eq!(reason(&hung_up, &trusting), None);
        assert!(suspicion(&hung_up, &trusting).contains("--log-certificate"));
        let without = JetStreamOptions::new("nats://a");
        assert_eq!((suspicion(&hung_up, &without), suspicion(&hung_up, &known)), ("", ""));
    }

    #[test]
    fn unknown_users_are_named_and_their_passwords_are_not() {
        let refused = ConnectError::new(ConnectErrorKind::AuthorizationViolation);
        let options = JetStreamOptions::new("nats://a");
        let login = Login::Password { user: "grace".to_owned(), password: "hopper".to_owned() };
        let said = reason(&refused, &options.clone().login(login)).unwrap();
        assert!(said.contains("grace") && !said.contains("hopper"), "{said}");
        assert!(reason(&refused, &options).unwrap().contains("none is given"));
    }
}
