package jsapi_test

import (
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

func TestFeedOfTests(t *testing.T) {
	t.Parallel()
	pass(t, `const posted = build => { let post = null; feedService.setPostHandler(p => { post = p; return 77; }); build(feedService.begin()); return post; };`, []jsTest{
		{"a post", `
			const post = posted(b => b.setChannel("p5").setMessageId(12).setMarkdown("# x").post());
			expect(post).toEqual({channel: "p5", messageId: 12, message: "# x", markdown: true});
			expect(Object.keys(post)).toEqual(["channel", "messageId", "message", "markdown"]);`},
		{"the number of the post", `
			feedService.setPostHandler(() => 77);
			const id = feedService.begin().setMessage("x").post();
			expect(id).toEqual(77);
			expect(new java.math.BigDecimal(id).longValueExact()).toEqual(77);`},
		{"what is not set", `
			const post = posted(b => b.setMessage("x").post());
			expect(post.channel === null).toEqual(true);
			expect(post.messageId === null).toEqual(true);
			expect(post.message).toEqual("x");
			expect(post.markdown === false).toEqual(true);
			expect(posted(b => b.setMessageId(null).setMarkdown("").post()).messageId === null).toEqual(true);`},
		{"dropped results, and files", `
			const file = engine.createQfile("a.txt", "text/plain", "a");
			const post = posted(b => {
				b.setChannel("c");
				b.attachFile(file);
				[file, file].forEach(f => b.attachFile(f));
				b.setMessageId("5");
				b.setShareQgroup(engine.createQgroup(1, "A", "", null));
				b.setMarkdown("text");
				b.post();
			});
			expect(post.channel).toEqual("c");
			expect(post.messageId).toEqual(5);
			expect(post.files.size()).toEqual(3);
			expect(post.files.get(0)).toEqual(file);`},
		{"a channel of the case", `
			expect(posted(b => b.setChannel("p" + processInstance.getProcessInstanceId()).setMessage("x").post()).channel).startsWith("p");`},
		{"what the handler throws", `
			const mine = new Error("mine");
			let error = null;
			feedService.setPostHandler(() => { throw mine; });
			try { feedService.begin().setMessage("x").post(); } catch (e) { error = e; }
			expect(error === mine).toEqual(true);`},
		{"every setter returns the builder", `
			const b = feedService.begin();
			for (const same of [b.setChannel("c"), b.setMessage("m"), b.setMarkdown("m"), b.setMessageId(1), b.attachFile(engine.createQfile("a", "a/b", "")),
					b.setShareQgroup(engine.createQgroup(1, "A", "", null))]) {
				expect(same === b).toEqual(true);
			}
			expect(feedService.setPostHandler(() => 1) === undefined).toEqual(true);`},
	})
	pass(t, ``, throwing([]jsError{
		{"feedService.begin().setMessage('x').post()", "a test has no feed"},
		{"feedService.setPostHandler()", "needs a function, got undefined"},
		{"feedService.begin().attachFile('a')", "needs a file, got text"},
		{"feedService.begin().setShareQgroup(1)", "needs a group, got a number"},
		{"feedService.begin().setMessage(null)", "text is null"},
	}))
}

func TestFeedOfTasks(t *testing.T) {
	t.Parallel()
	source := `
		const file = new com.questetra.bpms.core.event.scripttask.NewQfile("a.txt", "text/plain", "abc");
		engine.log(feedService.begin().setChannel("p1").setMessageId(3).setMarkdown("*x*").attachFile(file).post());
		engine.log(feedService.begin().setMessage("y").setShareQgroup(qgroupDao.findById(9)).post());
		if (typeof feedService.setPostHandler !== "undefined") throw "test only";`
	task := runtime.Task{Process: &hostapi.Process{Groups: []hostapi.Group{{ID: 9, Name: "Staff"}}}}
	result, err := run(t, task, runtime.Config{}, runtime.Source{Code: []byte(source)})
	if err != nil {
		t.Fatal(detail(err))
	}
	want := `[{"channel":"p1","messageId":3,"message":"*x*","markdown":true,"files":[{"name":"a.txt","contentType":"text/plain; charset=UTF-8","content":"YWJj"}]},` +
		`{"message":"y","markdown":false,"groupId":9}]`
	if got := asJSON(t, result.Posts); got != want {
		t.Errorf("posts\n%s\nwant\n%s", got, want)
	}
	if result.Logs[0].Message != "1" || result.Logs[1].Message != "2" {
		t.Errorf("numbers %v", result.Logs)
	}
	if result, err := run(t, task, runtime.Config{}, runtime.Source{Code: []byte(source + "throw 'x'")}); err == nil || len(result.Posts) != 0 {
		t.Errorf("after a failure: %v, %v", err, result.Posts)
	}
}

// A test's e-mail goes nowhere.
func TestEmailOfTests(t *testing.T) {
	t.Parallel()
	pass(t, ``, []jsTest{{"sent", `
		const b = emailService.begin();
		b.addTo("ada@example.com", "Ada").setFrom("bob@example.com", "Bob").setReplyTo("cid@example.com", "Cid");
		b.setSubject("s").setBody("b").addAttachment("a.txt", "text/plain", "x");
		expect(b.send() === undefined).toEqual(true);`}})
	pass(t, ``, throwing([]jsError{ // as in a run
		{"emailService.begin().addTo('a@example.com').send()", "no sender or no recipient"},
		{"emailService.begin().setFrom('a@example.com').addTo('b@example.com, c@example.com').send()", "send to 1: not one email address"},
		{"emailService.begin().setFrom('a@example.com').addTo('b@example.com').setSubject('a\\nb').send()", "send subject: it has a line break"},
		{"feedService.setPostHandler(() => 1); feedService.begin().setChannel('a\\nb').post()", "post channel: it has a line break"},
	}))
}
