//! `uac_auth`: credentials for challenges of others

use crate::{ModParam, Module};

/// The table of `uac_auth`.
pub const MODULE: Module = Module {
    name: "uac_auth",
    summary: "Credentials for challenges of others",
    params: &[
        ModParam::text("credential", "`user:realm:password`; the password may be `0x` and a HA1.").repeated(),
        ModParam::text("auth_username_avp", "An AVP with the user; it counts when the realm's AVP fits."),
        ModParam::text("auth_realm_avp", "An AVP with the realm."),
        ModParam::text("auth_password_avp", "An AVP with the password."),
    ],
    ..Module::EMPTY
};
