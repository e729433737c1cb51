package postern

import "encoding/json"

// FeedPost is a message to post to a feed.
type FeedPost struct {
	Channel   string `json:"channel,omitempty"`
	MessageID *int64 `json:"messageId,omitempty"` // the post it replies to; nil: none
	Message   string `json:"message"`
	Markdown  bool   `json:"markdown"`          // the message is Markdown, not plain text
	GroupID   *int64 `json:"groupId,omitempty"` // the group it is shared with; nil: none
	Files     []File `json:"files,omitempty"`
}

// PostFeed hands over a post, which is delivered if the task succeeds. It returns
// the number of the post within the task, counted from 1.
func PostFeed(post *FeedPost) (number int64, err error) {
	text, err := json.Marshal(post)
	if err != nil {
		return 0, err
	}
	result, err := take(hostPostFeed(view(text)))
	if err != nil {
		return 0, err
	}
	return number, json.Unmarshal(result, &number)
}

// Email is a message to send. From and To are required.
type Email struct {
	From    Address   `json:"from"`
	ReplyTo *Address  `json:"replyTo,omitempty"` // nil: replies go to From
	To      []Address `json:"to"`
	Subject string    `json:"subject"`
	Body    string    `json:"body"`
	Files   []File    `json:"files,omitempty"`
}

// Address is a mailbox, RFC 5322 §3.4.
type Address struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address"`
}

// SendEmail hands over a message, which is sent if the task succeeds.
func SendEmail(email *Email) error {
	text, err := json.Marshal(email)
	if err != nil {
		return err
	}
	_, err = take(hostSendEmail(view(text)))
	return err
}
