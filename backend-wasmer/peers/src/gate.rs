//! What a call may cost.

use crate::{
    contestants::{Kind, Reply},
    measure::{Report, Row, SIZES},
    table,
};

/// Sentences about what is too slow; none when all is well.
pub fn broken(report: &Report) -> Vec<String> {
    let mut broken = Vec::new();
    for (reply, limits) in LIMITS {
        let Some(ours) = report.ours(reply) else { continue };
        for (size, limit) in limits.into_iter().enumerate() {
            let (ratio, label) = (ours.ratio(size), table::size(SIZES[size]));
            if ratio > limit {
                broken.push(format!("{reply} at {label}: {ratio:.2} times wasmer by hand, above {limit}"));
            }
            let peers = report.rows.iter().filter(|row| row.kind == Kind::Peer && row.reply == reply);
            let behind = |peer: &&Row| {
                ours.cells[size].behind(&peer.cells[size]) && ratio > peer.ratio(size) * TIE[size]
            };
            for peer in peers.filter(behind) {
                let (name, theirs) = (peer.name, peer.ratio(size));
                broken.push(format!("{reply} at {label}: {ratio:.2}, behind {name} with {theirs:.2}"));
            }
        }
    }
    broken
}

/// How many times as long as a peer's a call takes that is not behind. A call with a large request is the copy of that
/// request, by which all are as quick as the processor; what their loops make of it differs by some hundredths.
const TIE: [f64; SIZES.len()] = [1.0, 1.0, 1.05, 1.05];

/// How many times as long as wasmer by hand a call may take, at each size.
const LIMITS: [(Reply, [f64; SIZES.len()]); 2] =
    [(Reply::Borrowed, [1.5, 1.5, 1.2, 1.2]), (Reply::Copied, [1.25; SIZES.len()])];
