//! Which final reply wins when all branches failed (RFC 3261 16.7 step 6).

/// The rank of a final reply; the lowest is forwarded.
///
/// Global refusals first, then redirections, then replies that ask the caller to change the request,
/// then other 4xx, 5xx; a timeout and an overload say least about the callee and come last.
pub(crate) fn rank(code: u16, cancelled: bool) -> u16 {
    match code {
        487 if cancelled => 0,
        600..=699 => code - 300,
        300..=399 => code + 100,
        401 => 500,
        407 => 501,
        415 => 502,
        420 => 503,
        484 => 504,
        408 => 800,
        503 => 801,
        _ => code + 200,
    }
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn the_order_of_final_replies() {
        let mut codes = [503, 408, 500, 404, 486, 484, 407, 302, 603];
        codes.sort_by_key(|c| rank(*c, false));
        assert_eq!(codes, [603, 302, 407, 484, 404, 486, 500, 408, 503]);
    }

    #[test]
    fn a_cancelled_call_ends_with_487() {
        assert!(rank(487, true) < rank(603, true));
        assert!(rank(487, false) > rank(404, false));
    }
}
