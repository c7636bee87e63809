package versionedvalue_test

import (
	"context"
	"errors"
	"fmt"

	vv "github.com/lockstep-tla/lockstep/impl/versionedvalue"
)

func Example() {
	ctx := context.Background()
	s, err := vv.Open(vv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	first, _ := s.Put(ctx, "title", "Emma")
	before, _ := s.SnapshotAt(first)
	defer before.Close()

	second, _ := s.Write(ctx, vv.Change{Key: "title", Value: "Persuasion", If: vv.IfVersion(first)})
	_, err = s.Write(ctx, vv.Change{Key: "title", Value: "Sanditon", If: vv.IfVersion(first)})
	fmt.Println("the second writer of two:", errors.Is(err, vv.ErrConflict))
	third, _ := s.Delete(ctx, "title")

	compacted, _ := s.Compact(third) // no further than the open snapshot
	fmt.Println("compacted at", compacted)
	old, _ := before.Get("title")
	fmt.Println("at", before.Version(), "it was", old.Value)
	changes, _ := s.Changes("title", first, third)
	for _, c := range changes {
		fmt.Println(c.Version, c.Value, c.Deleted)
	}
	_, err = s.SnapshotAt(third + second)
	fmt.Println(errors.Is(err, vv.ErrFuture))
	// Output:
	// the second writer of two: true
	// compacted at 1
	// at 1 it was Emma
	// 2 Persuasion false
	// 3  true
	// true
}
