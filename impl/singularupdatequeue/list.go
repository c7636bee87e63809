package singularupdatequeue

// list is a queue in a ring that grows. Its zero value is empty.
type list[T any] struct {
	ring []T // as long as a power of two, or nil
	head int
	size int
}

func (l *list[T]) len() int { return l.size }

// at is the i-th oldest one.
func (l *list[T]) at(i int) T { return l.ring[(l.head+i)&(len(l.ring)-1)] }

func (l *list[T]) push(v T) {
	if l.size == len(l.ring) {
		ring := make([]T, max(8, 2*l.size))
		for i := range l.size {
			ring[i] = l.at(i)
		}
		l.ring, l.head = ring, 0
	}
	l.ring[(l.head+l.size)&(len(l.ring)-1)] = v
	l.size++
}

// pop takes the oldest one out.
func (l *list[T]) pop() T {
	v := l.at(0)
	var none T
	l.ring[l.head] = none // it need not live on
	l.head = (l.head + 1) & (len(l.ring) - 1)
	l.size--
	return v
}

// all yields them from the oldest one on. The list must not be changed
// meanwhile.
func (l *list[T]) all(yield func(T) bool) {
	for i := range l.size {
		if !yield(l.at(i)) {
			return
		}
	}
}

// remove takes out all of which gone says so.
func (l *list[T]) remove(gone func(T) bool) {
	for range l.size {
		if v := l.pop(); !gone(v) {
			l.push(v)
		}
	}
}
