# SPDX-License-Identifier: MIT
"""Circles in a graph of includes: node -> [(line, node)]."""


def cycles(graph):
    problems, state = [], {}
    for start in graph:
        if start in state:
            continue
        trail = [(start, iter(graph[start]))]
        state[start] = "open"
        while trail:
            node, edges = trail[-1]
            for _, target in edges:
                if target not in graph:
                    continue
                if state.get(target) == "open":
                    names = [str(n) for n, _ in trail]
                    loop = names[names.index(str(target)):] + [str(target)]
                    problems.append(f"headers include each other in a circle: {' -> '.join(loop)}")
                elif target not in state:
                    state[target] = "open"
                    trail.append((target, iter(graph[target])))
                    break
            else:
                state[node] = "done"
                trail.pop()
    return problems
