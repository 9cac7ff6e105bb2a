package policy

import "strings"

// tree is a radix tree over texts, in arrays: nodes that are visited together
// stand together, and the labels of all are one string. Items stand at the node
// of their text, so that those whose text a key begins with are found by going
// down with the key.
type tree[T any] struct {
	nodes  []treeNode
	heads  string // first bytes of the nodes' labels
	labels string // what follows them
	items  []T
}

type treeNode struct {
	label, labelEnd uint32 // in labels
	kid, kidEnd     uint32 // in nodes
	item, itemEnd   uint32 // in items
}

// at returns the items of a node.
func (t *tree[T]) at(node uint32) []T {
	n := &t.nodes[node]
	return t.items[n.item:n.itemEnd]
}

// cursor goes down a tree. key is what is left of it below the node.
type cursor[T any] struct {
	t    *tree[T]
	key  string
	node uint32
	ok   bool
}

// start stands at the root, which has no label.
func (t *tree[T]) start(key string) cursor[T] { return cursor[T]{t, key, 0, true} }

// kid returns the child whose label begins with head.
func (c *cursor[T]) kid(head byte) (*treeNode, bool) {
	n := &c.t.nodes[c.node]
	heads := c.t.heads[n.kid:n.kidEnd]
	i := -1
	if len(heads) > 8 {
		i = strings.IndexByte(heads, head)
	} else {
		for j := range len(heads) {
			if heads[j] == head {
				i = j
				break
			}
		}
	}
	if i < 0 {
		c.ok = false
		return nil, false
	}
	c.node = n.kid + uint32(i)
	return &c.t.nodes[c.node], true
}

// nextFolded goes to the child on the way of the key, whose ASCII letters are
// folded.
func (c *cursor[T]) nextFolded() {
	if c.key == "" {
		c.ok = false
		return
	}
	n, ok := c.kid(lower(c.key[0]))
	if !ok {
		return
	}
	label := c.t.labels[n.label:n.labelEnd]
	rest := c.key[1:]
	if c.ok = hasFoldedPrefix(rest, label); c.ok {
		c.key = rest[len(label):]
	}
}

// builder makes a tree.
type builder[T any] struct {
	root branch[T]
}

type branch[T any] struct {
	label string
	first string // first bytes of the labels of kids
	kids  []*branch[T]
	items []T
}

// put adds an item at the node of a text.
func (b *builder[T]) put(key string, item T) {
	n := b.root.find(key)
	n.items = append(n.items, item)
}

// find returns the node of a text, which it makes if need be.
func (n *branch[T]) find(key string) *branch[T] {
	for key != "" {
		i := strings.IndexByte(n.first, key[0])
		if i < 0 {
			kid := &branch[T]{label: key}
			n.first += key[:1]
			n.kids = append(n.kids, kid)
			return kid
		}
		kid := n.kids[i]
		common := 0
		for common < len(key) && common < len(kid.label) && key[common] == kid.label[common] {
			common++
		}
		if common < len(kid.label) {
			upper := &branch[T]{label: kid.label[:common], first: kid.label[common : common+1], kids: []*branch[T]{kid}}
			kid.label = kid.label[common:]
			n.kids[i] = upper
			kid = upper
		}
		n, key = kid, key[common:]
	}
	return n
}

// tree writes the nodes level by level, so that the children of a node stand
// side by side.
func (b *builder[T]) tree() *tree[T] {
	t := &tree[T]{}
	var heads, labels []byte
	list := []*branch[T]{&b.root}
	for i := 0; i < len(list); i++ {
		from := list[i]
		n := treeNode{kid: uint32(len(list)), item: uint32(len(t.items)), label: uint32(len(labels))}
		list = append(list, from.kids...)
		t.items = append(t.items, from.items...)
		head := byte(0)
		if from.label != "" {
			head = from.label[0]
			labels = append(labels, from.label[1:]...)
		}
		heads = append(heads, head)
		n.kidEnd, n.itemEnd, n.labelEnd = uint32(len(list)), uint32(len(t.items)), uint32(len(labels))
		t.nodes = append(t.nodes, n)
	}
	t.heads, t.labels = string(heads), string(labels)
	return t
}
