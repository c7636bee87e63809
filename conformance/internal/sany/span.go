package sany

// Inside reports whether the place a lies in the place b of the same module.
func Inside(a, b Span) bool {
	return (a.Line > b.Line || a.Line == b.Line && a.Column >= b.Column) &&
		(a.EndLine < b.EndLine || a.EndLine == b.EndLine && a.EndOfIt <= b.EndOfIt)
}

// Within reports whether the lines of inner lie within those of outer.
func Within(inner, outer Span) bool {
	return inner.Module == outer.Module && inner.Line >= outer.Line && inner.EndLine <= outer.EndLine
}
