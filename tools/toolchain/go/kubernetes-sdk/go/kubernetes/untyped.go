// Package kubernetes declares how untyped objects are handed to the engine.
package kubernetes

import "reflect"

// UntypedArgs are the fields of an object of any kind.
type UntypedArgs map[string]any

// ElementType returns the type that the engine resolves the fields to.
func (UntypedArgs) ElementType() reflect.Type {
	return reflect.TypeFor[map[string]any]()
}
