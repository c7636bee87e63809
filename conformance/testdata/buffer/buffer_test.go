package buffer

import "testing"

func TestRoomIsLeft(t *testing.T) {
	b := &Buffer{items: []string{"x"}}
	if b.Room() != 1 {
		t.Fatalf("room for %d", b.Room())
	}
}
