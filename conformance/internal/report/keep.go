package report

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

func init() {
	for _, v := range []any{[]trace.Value{}, map[string]trace.Value{}, tlc.Set{}, tlc.Func{}, tlc.Model("")} {
		gob.Register(v)
	}
}

// kept is a report as it is kept: gob does not tell an empty list from none, so
// it is said beside it which is which.
type kept struct {
	Report *Report
	Empty  []bool // of each list or map without members, in the order of walk: it is not nil
}

var errChanged = errors.New("it would not come back as it is")

// Encode turns a report into bytes, from which Decode makes it again: with all
// that JSON does not show, except the syntax trees of the spec, which it takes out
// of r too. It makes sure that it can be decoded.
func Encode(r *Report) ([]byte, error) {
	dropTrees(reflect.ValueOf(r))
	k := kept{Report: r}
	walk(reflect.ValueOf(r), func(v reflect.Value) {
		if v.Len() == 0 {
			k.Empty = append(k.Empty, !v.IsNil())
		}
	})
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(&k); err != nil {
		return nil, fmt.Errorf("a report to be kept: %w", err)
	}
	back, err := Decode(b.Bytes())
	if err != nil {
		return nil, err
	}
	was, err1 := json.Marshal(r)
	is, err2 := json.Marshal(back)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("a report to be kept: %w", err)
	}
	if !bytes.Equal(was, is) {
		return nil, fmt.Errorf("a report to be kept: %w", errChanged)
	}
	return b.Bytes(), nil
}

// Decode makes the report that Encode was given.
func Decode(data []byte) (*Report, error) {
	var k kept
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&k); err != nil {
		return nil, fmt.Errorf("a report that was kept: %w", err)
	}
	if k.Report == nil {
		return nil, fmt.Errorf("a report that was kept: %w", errChanged)
	}
	next := 0
	walk(reflect.ValueOf(k.Report), func(v reflect.Value) {
		if v.Len() > 0 {
			return
		}
		if next < len(k.Empty) && k.Empty[next] {
			if v.Kind() == reflect.Map {
				v.Set(reflect.MakeMap(v.Type()))
			} else {
				v.Set(reflect.MakeSlice(v.Type(), 0, 0))
			}
		}
		next++
	})
	if next != len(k.Empty) {
		return nil, fmt.Errorf("a report that was kept: %w", errChanged)
	}
	fill(reflect.ValueOf(k.Report))
	return k.Report, nil
}

// walk visits each list and map that is a field of a struct, in an order which
// is always the same. Values of the spec are not looked into.
func walk(v reflect.Value, visit func(reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Field(i)
			if !field.CanSet() {
				continue
			}
			if field.Kind() == reflect.Slice || field.Kind() == reflect.Map {
				visit(field)
			}
			walk(field, visit)
		}
	}
}

// fill puts an empty value of the spec, such as <<>>, in the place of none.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fill(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Field(i); field.CanSet() {
				fill(field)
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if v.Type().Elem().Kind() == reflect.Interface {
				v.SetMapIndex(key, filled(v.MapIndex(key).Elem()))
			}
		}
	case reflect.Interface:
		if !v.IsNil() {
			v.Set(filled(v.Elem()))
		}
	}
}

// filled is the value, or an empty one in its place.
func filled(v reflect.Value) reflect.Value {
	switch {
	case v.Kind() == reflect.Slice && v.IsNil():
		return reflect.MakeSlice(v.Type(), 0, 0)
	case v.Kind() == reflect.Map && v.IsNil():
		return reflect.MakeMap(v.Type())
	}
	fill(v)
	return v
}

// dropTrees takes out what points into the syntax of a spec.
func dropTrees(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			dropTrees(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			dropTrees(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Field(i); field.CanSet() {
				if of := field.Type().String(); of == "*sany.Expr" || of == "[]*sany.Expr" {
					field.SetZero()
				} else {
					dropTrees(field)
				}
			}
		}
	}
}
