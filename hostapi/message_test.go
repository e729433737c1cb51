package hostapi_test

import (
	"fmt"
	"net/mail"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

func TestAddressCheck(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	for _, a := range []string{
		"ada@example.com", "a..b.@docomo.example", `"a b, c"@example.com`, `"a\"b"@example.com`, "太郎@例え.テスト", "a@[192.0.2.1]", "a@[IPv6:::1]", "a+b/c=d@x",
		long[:64] + "@example.com", "a@" + long[:252],
	} {
		if err := (hostapi.Address{Name: "Doe, \"Ada\"\t<x> 👩‍💻", Address: a}).Check(); err != nil {
			t.Errorf("%q: %v", a, err)
		}
	}
	for _, a := range []string{
		"", "a", "@example.com", "a@", "a@b@c", "a b@example.com", "a@example.com b", "a@example.com, b@example.com", "a@example.com;b@example.com", "<a@example.com>",
		"Ada <a@example.com>", `"a" <a@example.com>, "b"@example.com`, "a@example.com\r\nBcc: b@example.com", "a\n@example.com", "a@example.com\n", "\"a\r\nb\"@example.com",
		"\"a\x00\"@example.com", "a@exam\u2028ple.com", "a\u202e@example.com", "a@example.com\u0085", "a@\u00a0x", "a@[", "a@[x", "a@[x]y", "a@x:25", `a\@example.com`, `"a@example.com`, `"a"b@example.com`, `"a\"@example.com`,
		"a\xff@example.com", long[:65] + "@example.com", "a@" + long,
	} {
		err := (hostapi.Address{Address: a}).Check()
		if hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
			t.Errorf("%q: error %v, want invalid_argument", a, err)
		}
		if err != nil && a != "" && len(a) > 5 && strings.Contains(err.Error(), a) {
			t.Errorf("%q: the error repeats the address: %v", a, err)
		}
	}
	for _, name := range []string{"a\nb", "a\r", "\x00", "a\u2028b", "a\u0085", "\x1b[1m", long + long + long + long} {
		if err := (hostapi.Address{Name: name, Address: "a@b"}).Check(); err == nil {
			t.Errorf("the name %q is accepted", name)
		}
	}
}

// What is accepted as one address is one to a mail library as well.
func FuzzAddressCheck(f *testing.F) {
	f.Add("Ada", "ada@example.com")
	f.Add("", `"a\"b, c"@[IPv6:::1]`)
	f.Add("x\ny", "a@b, c@d")
	f.Fuzz(func(t *testing.T, name, address string) {
		if (hostapi.Address{Name: name, Address: address}).Check() != nil {
			return
		}
		if strings.ContainsAny(name+address, "\r\n\x00") || len(address) > 254 {
			t.Errorf("%q %q was accepted", name, address)
		}
		// Library and standard differ about dots, and about what domains may be called.
		list, err := mail.ParseAddressList(fmt.Sprintf("<%s>", address))
		if err == nil && len(list) != 1 {
			t.Errorf("%q is %d addresses", address, len(list))
		}
	})
}

func TestEmailCheck(t *testing.T) {
	t.Parallel()
	ada := hostapi.Address{Address: "ada@example.com"}
	file := func(name, contentType string) []*hostapi.File {
		return []*hostapi.File{{Name: name, ContentType: contentType}}
	}
	tests := []struct {
		name  string
		email hostapi.Email
		want  string // a part of the error; "" for none
	}{
		{"good", hostapi.Email{From: ada, To: []hostapi.Address{ada}, Subject: "日本\tx", Body: "a\r\n.\r\n\x00", Files: file("a b.txt", `text/plain; charset="UTF-8"`)}, ""},
		{"empty", hostapi.Email{}, "no sender or no recipient"},
		{"no sender", hostapi.Email{To: []hostapi.Address{ada}}, "no sender"},
		{"a sender without address", hostapi.Email{From: hostapi.Address{Name: "Ada"}, To: []hostapi.Address{ada}}, "send from: the address is empty"},
		{"no recipient", hostapi.Email{From: ada}, "no recipient"},
		{"second recipient", hostapi.Email{From: ada, To: []hostapi.Address{ada, {Address: "a@b,c@d"}}}, "send to 2: not one email address"},
		{"answers", hostapi.Email{From: ada, To: []hostapi.Address{ada}, ReplyTo: new(hostapi.Address)}, "send replyTo: the address is empty"},
		{"subject", hostapi.Email{From: ada, To: []hostapi.Address{ada}, Subject: "a\nBcc: b@c"}, "send subject: it has a line break"},
		{"no file", hostapi.Email{From: ada, To: []hostapi.Address{ada}, Files: []*hostapi.File{nil}}, "send file 1: a file has no name"},
		{"file name", hostapi.Email{From: ada, To: []hostapi.Address{ada}, Files: file("a\r\nb", "")}, "a file's name has a line break"},
		{"path", hostapi.Email{From: ada, To: []hostapi.Address{ada}, Files: file("/etc/passwd", "")}, "is a path"},
		{"parent", hostapi.Email{From: ada, To: []hostapi.Address{ada}, Files: file("..", "")}, "is a path"},
		{"long file name", hostapi.Email{From: ada, To: []hostapi.Address{ada}, Files: file(strings.Repeat("é", 128), "")}, "more than 255 bytes"},
		{"content type", hostapi.Email{From: ada, To: []hostapi.Address{ada}, Files: file("a", "text/plain\r\nX: y")}, "not of the form type/subtype"},
		{"type alone", hostapi.Email{From: ada, To: []hostapi.Address{ada}, Files: file("a", "text")}, "not of the form type/subtype"},
		{"two types", hostapi.Email{From: ada, To: []hostapi.Address{ada}, Files: file("a", "text/plain, text/html")}, "not of the form type/subtype"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.email.Check()
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestFeedPostCheck(t *testing.T) {
	t.Parallel()
	if err := (&hostapi.FeedPost{Channel: "p5", Message: "a\nb", Files: []*hostapi.File{{Name: "a"}}}).Check(); err != nil {
		t.Error(err)
	}
	for _, p := range []hostapi.FeedPost{{Channel: "a\nb"}, {Channel: strings.Repeat("x", 256)}, {Files: []*hostapi.File{{Name: "a/b"}}}} {
		if err := p.Check(); hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
			t.Errorf("%v: error %v", p, err)
		}
	}
}

func ExampleEmail_Check() {
	email := hostapi.Email{
		From: hostapi.Address{Address: "ada@example.com"},
		To:   []hostapi.Address{{Address: "bob@example.com, cid@example.com"}},
	}
	fmt.Println(email.Check())
	// Output: send to 1: not one email address
}

func ExampleAddress_Check() {
	fmt.Println(hostapi.Address{Name: "Ada", Address: "ada@example.com\r\nBcc: all@example.com"}.Check())
	// Output: address: not one email address
}

func ExampleFeedPost_Check() {
	fmt.Println((&hostapi.FeedPost{Channel: "news\nall", Message: "Hello"}).Check())
	// Output: post channel: it has a line break or another control character
}

func ExampleFile_Check() {
	fmt.Println((&hostapi.File{Name: "../report.txt"}).Check())
	// Output: file: a file's name is a path; write a name without / and \
}
