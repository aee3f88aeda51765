// Checks a running server's trade log with the Go project's own verifiers, golang.org/x/mod/sumdb/note and sumdb/tlog (those that
// check every Go module download), which share no code with Kontor:
//
//	verify_log -url http://127.0.0.1:8080 -token hf_... -first FILE ORDER...
//
// FILE is an earlier answer of GET /api/v1/log/checkpoint. Prints one line per thing that holds; the first that does not ends it with status 1.
// Ours here: reading the wire (JSON, the three lines of a checkpoint, the lines of a c2sp.org/tlog-proof). Every verdict is Go's.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(format string, values ...interface{}) {
	fmt.Fprintf(os.Stderr, "REFUSED: "+format+"\n", values...)
	os.Exit(1)
}

func must(err error, what string) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

// ---- the wire

type server struct{ url, token string }

func (s server) get(path string) []byte {
	request, err := http.NewRequest("GET", s.url+path, nil)
	must(err, path)
	request.Header.Set("Authorization", "Bearer "+s.token)
	answer, err := http.DefaultClient.Do(request)
	must(err, path)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(err, path)
	if answer.StatusCode != 200 {
		fail("GET %s: %d %s", path, answer.StatusCode, body)
	}
	return body
}

func (s server) json(path string, out interface{}) { must(json.Unmarshal(s.get(path), out), path) }

func parseHash(text string) (h tlog.Hash, err error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(h) {
		return h, errors.New("not a hash: " + text)
	}
	copy(h[:], raw)
	return h, nil
}

func parseNumber(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, errors.New("not a number: " + text)
	}
	return n, nil
}

// openTree opens a signed note, which must carry the log's signature, and reads origin, size and root from its text.
func openTree(message []byte, key note.Verifier) (tree tlog.Tree, err error) {
	opened, err := note.Open(message, note.VerifierList(key))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != key.Name() {
		return tree, errors.New("the note is no checkpoint of this log")
	}
	if tree.N, err = parseNumber(lines[1]); err != nil {
		return tree, err
	}
	tree.Hash, err = parseHash(lines[2])
	return tree, err
}

type proof struct {
	index int64
	path  tlog.RecordProof
	note  []byte
}

func parseProof(text []byte) (p proof, err error) {
	parts := bytes.SplitN(text, []byte("\n\n"), 2)
	if len(parts) != 2 {
		return p, errors.New("no blank line in the proof")
	}
	lines := strings.Split(string(parts[0]), "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return p, errors.New("no c2sp.org/tlog-proof@v1")
	}
	if p.index, err = parseNumber(lines[1][len("index "):]); err != nil {
		return p, err
	}
	for _, line := range lines[2:] {
		h, err := parseHash(line)
		if err != nil {
			return p, err
		}
		p.path = append(p.path, h)
	}
	p.note = parts[1]
	return p, nil
}

func checkProof(text []byte, key note.Verifier, leaf []byte) (proof, tlog.Tree, error) {
	p, err := parseProof(text)
	if err != nil {
		return p, tlog.Tree{}, err
	}
	tree, err := openTree(p.note, key)
	if err != nil {
		return p, tree, err
	}
	return p, tree, tlog.CheckRecord(p.path, tree.N, tree.Hash, p.index, tlog.RecordHash(leaf))
}

// tiles reads the server's tiles for tlog, whose TileHashReader checks every one of them against the tree.
type tiles struct {
	server
	spoil func(tlog.Tile, []byte) // for the tests of refusals
	got   map[string][]byte
}

func (t *tiles) Height() int { return 8 }
func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range wanted {
		path := strings.TrimPrefix(tile.Path(), "tile/8/")
		if t.got[path] == nil {
			t.got[path] = t.get("/api/v1/log/tile/" + path)
		}
		data := append([]byte(nil), t.got[path]...)
		if t.spoil != nil {
			t.spoil(tile, data)
		}
		out = append(out, data)
	}
	return out, nil
}
func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func hexHashes(list []string) (out []tlog.Hash) {
	for _, text := range list {
		raw, err := hex.DecodeString(text)
		must(err, text)
		var h tlog.Hash
		copy(h[:], raw)
		out = append(out, h)
	}
	return out
}

// mutations of a list of hashes that must make it worthless.
func mutations(list []tlog.Hash) (out [][]tlog.Hash) {
	for i := range list {
		for _, bit := range []byte{0x01, 0x80} {
			changed := append([]tlog.Hash(nil), list...)
			changed[i][i%len(changed[i])] ^= bit
			out = append(out, changed)
		}
		out = append(out, append(append([]tlog.Hash(nil), list[:i]...), list[i+1:]...))
		if i > 0 && list[i] != list[i-1] {
			swapped := append([]tlog.Hash(nil), list...)
			swapped[i], swapped[i-1] = swapped[i-1], swapped[i]
			out = append(out, swapped)
		}
	}
	return append(out, append(append([]tlog.Hash(nil), list...), tlog.Hash{}))
}

// checkTile holds a tile against the tree. TileHashReader does that too, but that of Debian's 0.7.0 leaves out the first tiles below the top
// ones (repaired upstream later), so a full tile is folded here and compared with what its parent, a top one or checked the same way, says.
func checkTile(tree tlog.Tree, read *tiles, level int, n int64) error {
	reader := tlog.TileHashReader(tree, read)
	if (n+1)<<8 > tree.N>>(8*level) { // partial: a top one
		_, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(8*level, n<<8)})
		return err
	}
	var below, wanted []tlog.Hash
	indexes := make([]int64, 256)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(8*level, n<<8+int64(i))
	}
	below, err := reader.ReadHashes(indexes)
	if err != nil {
		return err
	}
	for ; len(below) > 1; below = below[:len(below)/2] {
		for i := 0; i < len(below)/2; i++ {
			below[i] = tlog.NodeHash(below[2*i], below[2*i+1])
		}
	}
	if wanted, err = reader.ReadHashes([]int64{tlog.StoredHashIndex(8*(level+1), n)}); err != nil {
		return err
	}
	if wanted[0] != below[0] {
		return errors.New("the tile is not the one of this tree")
	}
	return checkTile(tree, read, level+1, n>>8)
}

// ---- the checks

type record struct {
	Kind, Salt, Record, Leaf string
	LeafHash                 string `json:"leaf_hash"`
	Index                    int64
}

// refuseNotes: no byte of a signed checkpoint's text and no bit of its signature can be changed.
func refuseNotes(signed []byte, key note.Verifier) (count int) {
	text, signature := bytes.SplitN(signed, []byte("\n\n"), 2)[0], bytes.SplitN(signed, []byte("\n\n"), 2)[1]
	refuse := func(message []byte) {
		if _, err := openTree(message, key); err == nil {
			fail("a changed checkpoint was accepted: %q", message)
		}
		count++
	}
	for i := range text {
		changed := append([]byte(nil), signed...)
		changed[i] ^= 1
		refuse(changed)
	}
	words := strings.Fields(string(signature))
	raw, err := base64.StdEncoding.DecodeString(words[len(words)-1])
	must(err, "signature")
	for i := range raw {
		changed := append([]byte(nil), raw...)
		changed[i] ^= 1
		refuse([]byte(fmt.Sprintf("%s\n\n\u2014 %s %s\n", text, words[1], base64.StdEncoding.EncodeToString(changed))))
	}
	refuse([]byte(fmt.Sprintf("%s\n\n\u2014 %sx %s\n", text, words[1], words[2])))
	refuse(append(append([]byte(nil), text...), "\n\n"...))
	return count
}

func checkOrder(s server, key note.Verifier, order string, verifyTiles func(int64, tlog.Tree) tlog.RecordProof) {
	var records struct{ Data []record }
	s.json("/api/v1/orders/"+order+"/records", &records)
	paid := 0
	for _, r := range records.Data {
		salt, err := hex.DecodeString(r.Salt)
		must(err, "salt")
		sum := sha256.Sum256(append(salt, r.Record...))
		var leaf struct {
			DataHash string `json:"data_hash"`
			Kind     string
		}
		must(json.Unmarshal([]byte(r.Leaf), &leaf), "leaf")
		if leaf.DataHash != hex.EncodeToString(sum[:]) || leaf.Kind != r.Kind {
			fail("the leaf of %s is not made of its record", r.Kind)
		}
		text := s.get("/api/v1/orders/" + order + "/proof?kind=" + r.Kind)
		p, tree, err := checkProof(text, key, []byte(r.Leaf))
		must(err, "proof of "+r.Kind+" of "+order)
		if p.index != r.Index {
			fail("%s of %s is entry %d, not %d", r.Kind, order, p.index, r.Index)
		}
		if own := verifyTiles(p.index, tree); fmt.Sprint(own) != fmt.Sprint(p.path) {
			fail("the path made from the tiles is not the one that was sent")
		}
		if r.Kind != "order.paid" {
			continue
		}
		paid++
		refused := 0
		refuse := func(bad []byte, leaf string) {
			if _, _, err := checkProof(bad, key, []byte(leaf)); err == nil {
				fail("a changed proof was accepted:\n%s", bad)
			}
			refused++
		}
		head := bytes.Index(text, []byte("\n\n")) // of the note: refuseNotes
		for i := 0; i < head; i++ {
			for _, bit := range []byte{1, 2, 32} {
				bad := append([]byte(nil), text...)
				bad[i] ^= bit
				refuse(bad, r.Leaf)
			}
		}
		for i := range r.Leaf {
			bad := []byte(r.Leaf)
			bad[i] ^= 1
			refuse(text, string(bad))
		}
		for _, path := range mutations(p.path) {
			if tlog.CheckRecord(path, tree.N, tree.Hash, p.index, tlog.RecordHash([]byte(r.Leaf))) == nil {
				fail("a changed path was accepted")
			}
			refused++
		}
		for n := int64(0); n < tree.N; n++ {
			if n != p.index && tlog.CheckRecord(p.path, tree.N, tree.Hash, n, tlog.RecordHash([]byte(r.Leaf))) == nil {
				fail("the path was accepted for entry %d", n)
			}
		}
		refused += refuseNotes(p.note, key)
		fmt.Printf("order.paid of %s is entry %d of %d; %d changed proofs are refused\n", order, p.index, tree.N, refused)
	}
	if paid != 1 {
		fail("%d records order.paid of %s", paid, order)
	}
}

func checkHistory(s server, old, now tlog.Tree) {
	if old.N >= now.N {
		fail("the log did not grow: %d, %d", old.N, now.N)
	}
	refused := 0
	for from := int64(1); from < now.N; from++ {
		var sent struct {
			FromRoot string `json:"from_root"`
			Hashes   []string
		}
		s.json(fmt.Sprintf("/api/v1/log/consistency?from=%d&to=%d", from, now.N), &sent)
		first := hexHashes([]string{sent.FromRoot})[0]
		if from == old.N {
			first = old.Hash // what was signed then, not what is said now
		}
		path := tlog.TreeProof(hexHashes(sent.Hashes))
		must(tlog.CheckTree(path, now.N, now.Hash, from, first), fmt.Sprintf("consistency of %d and %d", from, now.N))
		for _, bad := range mutations(path) {
			if tlog.CheckTree(bad, now.N, now.Hash, from, first) == nil {
				fail("a changed proof of consistency was accepted")
			}
			refused++
		}
	}
	fmt.Printf("every size from 1 to %d is a beginning of %d, the checkpoint signed at %d too; %d changed proofs are refused\n", now.N-1, now.N, old.N, refused)
}

// checkEntries: what the static tiles hold is what the tree was made of.
func checkEntries(s server, read *tiles, tree tlog.Tree) {
	n := int64(0)
	read.got = map[string][]byte{} // of this tree only
	for tile := int64(0); tile*256 < tree.N; tile++ {
		width := tree.N - tile*256
		if width > 256 {
			width = 256
		}
		must(checkTile(tree, read, 0, tile), "tile")
		name := strings.TrimPrefix(tlog.Tile{H: 8, L: 0, N: tile, W: int(width)}.Path(), "tile/8/0/")
		data := s.get("/api/v1/log/tile/entries/" + name)
		for len(data) >= 2 {
			size := int(data[0])<<8 | int(data[1])
			if len(data) < 2+size {
				fail("an entry of tile %s is cut off", name)
			}
			stored, err := tlog.TileHashReader(tree, read).ReadHashes([]int64{tlog.StoredHashIndex(0, n)})
			must(err, "tile")
			if stored[0] != tlog.RecordHash(data[2:2+size]) {
				fail("entry %d is not what the tree holds", n)
			}
			data = data[2+size:]
			n++
		}
	}
	if n != tree.N {
		fail("the tiles hold %d entries, the tree %d", n, tree.N)
	}
	// Any bit of any tile changed: the reader, which knows the signed root, notices.
	refused := 0
	for path, whole := range read.got {
		for i := 0; i < len(whole); i += 31 {
			at := i
			read.spoil = func(tile tlog.Tile, data []byte) {
				if strings.HasSuffix(tile.Path(), "/"+path) {
					data[at] ^= 4
				}
			}
			level, number := 0, int64(0)
			if _, err := fmt.Sscanf(path, "%d/%d", &level, &number); err != nil {
				fail("tile %s", path)
			}
			if checkTile(tree, read, level, number) == nil {
				fail("tile %s with byte %d changed was accepted", path, at)
			}
			refused++
		}
	}
	read.spoil = nil
	fmt.Printf("%d entries in static tiles are those of the signed tree; %d changed tiles are refused\n", n, refused)
}

func main() {
	var s server
	flag.StringVar(&s.url, "url", "", "where the server is")
	flag.StringVar(&s.token, "token", "", "of somebody who may see the orders")
	first := flag.String("first", "", "file with an earlier checkpoint")
	flag.Parse()

	key, err := note.NewVerifier(strings.TrimSpace(string(s.get("/api/v1/log/key"))))
	must(err, "key")
	earlier, err := os.ReadFile(*first)
	must(err, *first)
	old, err := openTree(earlier, key)
	must(err, "the earlier checkpoint")
	// A proof makes the server publish a checkpoint that covers it.
	for _, order := range flag.Args() {
		s.get("/api/v1/orders/" + order + "/proof")
	}
	signed := s.get("/api/v1/log/checkpoint")
	now, err := openTree(signed, key)
	must(err, "the checkpoint")
	fmt.Printf("checkpoint of %s, %d entries: signature is right; %d changed ones are refused\n", key.Name(), now.N, refuseNotes(signed, key))

	read := &tiles{server: s, got: map[string][]byte{}}
	for _, order := range flag.Args() {
		checkOrder(s, key, order, func(index int64, tree tlog.Tree) tlog.RecordProof {
			path, err := tlog.ProveRecord(tree.N, index, tlog.TileHashReader(tree, read))
			must(err, "tiles")
			return path
		})
	}
	checkHistory(s, old, now)
	checkEntries(s, read, now)
}
