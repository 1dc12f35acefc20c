-- Where mails to each user go.
CREATE TABLE address (
  user_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL
);
