package segmentedlog

import (
	"fmt"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// suffix is how the names of segments end. Other files are left alone.
const suffix = ".seg"

// Segment is what a file's name says.
type Segment struct {
	Number uint64 // from 1; the next segment has the next number
	Base   uint64 // the index of its first entry, or of the one that will be its first
}

// fileName returns the name of a segment's file: number and base, each with the 20 digits that
// any 64-bit number fits in, so that tools which sort by text show the files in order, too.
func fileName(s Segment) string { return fmt.Sprintf("%020d-%020d%s", s.Number, s.Base, suffix) }

// parseName reads a name that fileName has made.
func parseName(name string) (s Segment, err error) {
	number, base, _ := strings.Cut(strings.TrimSuffix(name, suffix), "-")
	s.Number, err = strconv.ParseUint(number, 10, 64)
	if err == nil {
		s.Base, err = strconv.ParseUint(base, 10, 64)
	}
	if err != nil || s.Number == 0 || s.Base == 0 || fileName(s) != name {
		return s, fmt.Errorf("%w: %q", ErrName, name)
	}
	return s, nil
}

// IsBefore says which of two segments is the older one. Numbers tell, as numbers.
func IsBefore(a, b Segment) bool { return a.Number < b.Number }

// list returns the segments that are in the folder, in order.
func (c *Core) list() (all []Segment, err error) {
	names, err := c.config.FS.List(c.config.Dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !strings.HasSuffix(name, suffix) {
			continue
		}
		s, err := parseName(name)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	sort.Slice(all, func(i, j int) bool { return IsBefore(all[i], all[j]) })
	return all, checkNames(all)
}

// checkNames says which segment contradicts the one before it: a sealed segment has
// entries, so that bases grow, too.
func checkNames(all []Segment) error {
	for i := 1; i < len(all); i++ {
		if all[i].Number == all[i-1].Number || all[i].Base <= all[i-1].Base {
			return fmt.Errorf("%w: %q behind %q", ErrName, fileName(all[i]), fileName(all[i-1]))
		}
	}
	return nil
}

// path is where a segment's file is.
func (c *Core) path(s Segment) string { return filepath.Join(c.config.Dir, fileName(s)) }

// missing returns the lowest number that no segment has between two that have one, or 0.
func (c *Core) missing() uint64 {
	for i := 1; i < len(c.segments); i++ {
		if next := c.segments[i-1].Number + 1; c.segments[i].Number != next {
			return next
		}
	}
	return 0
}
