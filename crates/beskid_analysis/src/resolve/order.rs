//! In which order definitions that refer to each other are evaluated, and which form cycles.
//!
//! Strongly connected components by Tarjan, "Depth-first search and linear graph algorithms" (1972),
//! with a stack of its own instead of recursion: chains of definitions may be as long as the program.
//!
//! *Invariants.* The result depends on the graph alone. Time is linear in nodes and edges.

/// Definitions that can be evaluated, or that cannot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Component {
    /// Everything it refers to stands before it.
    Single(usize),
    /// These refer to each other, ascending.
    Cycle(Vec<usize>),
}

struct Node {
    order: usize,
    low: usize,
    on_stack: bool,
}

const UNSEEN: usize = usize::MAX;

/// Components in an order in which each stands behind those it refers to.
pub(crate) fn components(edges: &[Vec<usize>]) -> Vec<Component> {
    let mut nodes: Vec<Node> =
        edges.iter().map(|_| Node { order: UNSEEN, low: UNSEEN, on_stack: false }).collect();
    let mut out = Vec::with_capacity(edges.len());
    let mut stack = Vec::new();
    let mut next = 0;
    // A node and the number of its edges that were followed.
    let mut path: Vec<(usize, usize)> = Vec::new();
    for root in 0..edges.len() {
        if nodes[root].order != UNSEEN {
            continue;
        }
        path.push((root, 0));
        while let Some((node, followed)) = path.pop() {
            if followed == 0 {
                nodes[node] = Node { order: next, low: next, on_stack: true };
                next += 1;
                stack.push(node);
            } else {
                let child = edges[node][followed - 1];
                nodes[node].low = nodes[node].low.min(nodes[child].low);
            }
            let mut at = followed;
            let mut descended = false;
            while at < edges[node].len() {
                let child = edges[node][at];
                at += 1;
                if nodes[child].order == UNSEEN {
                    path.push((node, at));
                    path.push((child, 0));
                    descended = true;
                    break;
                }
                if nodes[child].on_stack {
                    nodes[node].low = nodes[node].low.min(nodes[child].order);
                }
            }
            if descended || nodes[node].low != nodes[node].order {
                continue;
            }
            let mut members = Vec::new();
            while let Some(member) = stack.pop() {
                nodes[member].on_stack = false;
                members.push(member);
                if member == node {
                    break;
                }
            }
            if members.len() == 1 && !edges[node].contains(&node) {
                out.push(Component::Single(node));
            } else {
                members.sort_unstable();
                out.push(Component::Cycle(members));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_come_first() {
        let edges = vec![vec![1, 2], vec![2], vec![]];
        let order = components(&edges);
        assert_eq!(order, [Component::Single(2), Component::Single(1), Component::Single(0)]);
    }

    #[test]
    fn cycles_are_found_whole() {
        let edges = vec![vec![1], vec![2], vec![0], vec![0], vec![4]];
        let order = components(&edges);
        assert_eq!(
            order,
            [Component::Cycle(vec![0, 1, 2]), Component::Single(3), Component::Cycle(vec![4])]
        );
    }

    #[test]
    fn long_chains_take_no_stack() {
        let edges: Vec<Vec<usize>> = (0..300_000)
            .map(|node| if node == 299_999 { vec![] } else { vec![node + 1] })
            .collect();
        assert_eq!(components(&edges)[0], Component::Single(299_999));
    }
}
