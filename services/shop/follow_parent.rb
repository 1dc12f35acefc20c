# frozen_string_literal: true

# Loaded into every Ruby service of `npm start`: when the shop's own process is gone, however it ended, so is the service.
# Node leaves a channel to its child open, whose number it tells; its end is the parent's.
Thread.new do
  IO.for_fd(Integer(ENV.fetch("NODE_CHANNEL_FD"))).read
  exit!(1)
end
