//! The functions of the core.
//!
//! Each is named as in scripts and gives what scripts get: above 0 for success, below 0 for failure.
//! What they do is told by the interface table.

mod blacklists;
mod branches;
mod events;
mod cache;
mod flags;
mod sending;
mod serial;
#[cfg(test)]
mod tests;
mod uri;
mod values;
mod via;

pub use blacklists::*;
pub use branches::*;
pub use cache::*;
pub use events::*;
pub use flags::*;
pub use sending::*;
pub use serial::*;
pub use uri::*;
pub use values::*;
pub use via::*;

use crate::{Text, VarRef};

crate::bindings! { sipc_interface::modules::core::MODULE;
    plain {
        setflag(u32), resetflag(u32), isflagset(u32),
        setbflag(u32, Option<i32>), resetbflag(u32, Option<i32>), isbflagset(u32, Option<i32>),
        sethost(Text), sethostport(Text), setuser(Text), setuserpass(Text), setport(Text), seturi(Text),
        prefix(Text), strip(i32), strip_tail(i32), revert_uri(),
        setdsturi(Text), resetdsturi(), isdsturiset(),
        append_branch_old(Option<Text>, Option<Text>),
        append_msg_branch(Text, Option<Text>, Option<Text>),
        remove_msg_branch(i32), move_msg_branch(Option<i32>, Option<i32>, Option<Text>),
        swap_msg_branches(Option<i32>, Option<i32>),
        serialize_branches(i32, Option<i32>), next_branches(),
        force_rport(), add_local_rport(), force_tcp_alias(Option<i32>), set_via_handling(Text),
        set_advertised_address(Text), set_advertised_port(Text), force_send_socket(Text),
        is_myself(Text, Option<i32>),
        pv_printf(&VarRef, Text),
        construct_uri(Text, Option<Text>, Text, Option<Text>, Option<Text>, &VarRef),
        get_timestamp(&VarRef, &VarRef), avp_print(),
        use_blacklist(Text), unuse_blacklist(Text),
        check_blacklist_rule(Text, Text, Option<i32>, Option<Text>, Option<Text>),
        add_blacklist_rule(Text, Text, Option<i32>, Option<Text>, Option<Text>, Option<i32>),
        del_blacklist_rule(Text, Text, Option<i32>, Option<Text>, Option<Text>),
        socket_belongs_to_bond(Text, Text),
        script_trace(Option<i32>, Option<Text>, Option<Text>), tcp_close_conn(Text),
        sr_check_status(Text, Option<Text>),
        raise_event(Text, Option<&VarRef>, Option<&VarRef>), subscribe_event(Text, Text, Option<i32>),
    }
    waiting {
        forward(Option<Text>), send(Text, Option<Text>),
        cache_store(Text, Text, Text, Option<i32>), cache_remove(Text, Text),
        cache_raw_query(Text, Text, Option<Text>),
        cache_fetch(Text, Text, &VarRef), cache_counter_fetch(Text, Text, &VarRef),
        cache_add(Text, Text, i32, i32, Option<&VarRef>), cache_sub(Text, Text, i32, i32, Option<&VarRef>),
    }
}

/// The value of a function that says only whether it succeeded.
fn result(success: bool) -> i32 {
    if success { 1 } else { -1 }
}
