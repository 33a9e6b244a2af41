// Allocation: complete trees, made, counted and forgotten.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHORTEST = 4 };

typedef struct Tree { struct Tree *left, *right; } Tree;

static int32_t count_of(const Tree *tree) {
    int32_t count = 1;
    if (tree->left) count += count_of(tree->left);
    if (tree->right) count += count_of(tree->right);
    return count;
}

static Tree *grow(int depth) {
    Tree *tree = malloc(sizeof(Tree));
    tree->left = depth == 0 ? NULL : grow(depth - 1);
    tree->right = depth == 0 ? NULL : grow(depth - 1);
    return tree;
}

static void drop(Tree *tree) {
    if (tree->left) drop(tree->left);
    if (tree->right) drop(tree->right);
    free(tree);
}

int main(int count_of_arguments, char **arguments) {
    (void)count_of_arguments;
    int longest = atoi(arguments[1]);
    Tree *stretch = grow(longest + 1);
    printf("stretch %d\n", count_of(stretch));
    drop(stretch);
    Tree *kept = grow(longest);
    for (int depth = SHORTEST; depth <= longest; depth += 4) {
        int32_t rounds = 1 << (longest - depth + SHORTEST);
        int32_t count = 0;
        for (int32_t round = 0; round < rounds; round++) {
            Tree *tree = grow(depth);
            count += count_of(tree);
            drop(tree);
        }
        printf("%d of depth %d: %d\n", rounds, depth, count);
    }
    printf("kept %d\n", count_of(kept));
    drop(kept);
    return 0;
}
