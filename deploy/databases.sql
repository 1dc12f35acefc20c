-- One database for each service; no service reads another's.
CREATE DATABASE orders;
CREATE DATABASE inventory;
CREATE DATABASE payments;
CREATE DATABASE users;
CREATE DATABASE notifications;
