package demo

import (
	"hash/fnv"
	"math/rand/v2"
	"sort"
)

// chance is the source of one file or one part of it, told from the others by its name: what is drawn for one never moves another.
func chance(seed uint64, name string) *rand.Rand {
	return rand.New(rand.NewPCG(seed, hash(name)))
}

func hash(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}

// wheel draws an index in proportion to its weight.
type wheel []int // running totals

func newWheel[T any](of []T, weight func(T) int) wheel {
	w := make(wheel, len(of))
	total := 0
	for i, item := range of {
		total += weight(item)
		w[i] = total
	}
	return w
}

func (w wheel) spin(r *rand.Rand) int {
	return sort.SearchInts(w, 1+r.IntN(w[len(w)-1]))
}
