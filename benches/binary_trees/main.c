// Allocation: complete trees, made, counted and forgotten. A node owns an array of its subtrees, which
// is empty in leaves.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHORTEST = 4, LONGEST = 18 };

typedef struct Tree Tree;
typedef struct { int64_t length; Tree *elements[]; } Trees;
struct Tree { Trees *subtrees; };

static int32_t count_of(const Tree *tree) {
    int32_t count = 1;
    for (int64_t i = 0; i < tree->subtrees->length; i++) count += count_of(tree->subtrees->elements[i]);
    return count;
}

static Tree *grow(int32_t depth) {
    int64_t length = depth == 0 ? 0 : 2;
    Trees *subtrees = malloc(sizeof(Trees) + (size_t)length * sizeof(Tree *));
    subtrees->length = length;
    for (int64_t i = 0; i < length; i++) subtrees->elements[i] = grow(depth - 1);
    Tree *tree = malloc(sizeof(Tree));
    tree->subtrees = subtrees;
    return tree;
}

static void drop(Tree *tree) {
    for (int64_t i = 0; i < tree->subtrees->length; i++) drop(tree->subtrees->elements[i]);
    free(tree->subtrees);
    free(tree);
}

int main(void) {
    Tree *stretch = grow(LONGEST + 1);
    printf("stretch %d\n", count_of(stretch));
    drop(stretch);
    Tree *kept = grow(LONGEST);
    for (int32_t depth = SHORTEST; depth <= LONGEST; depth += 4) {
        int32_t rounds = 1 << (LONGEST - depth + SHORTEST);
        int32_t count = 0;
        for (int32_t round = 0; round < rounds; round++) {
            Tree *tree = grow(depth);
            count += count_of(tree);
            drop(tree);
        }
        printf("%d of depth %d: %d\n", rounds, depth, count);
    }
    printf("kept %d\n", count_of(kept));
    return 0;
}
