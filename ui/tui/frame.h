/*
 * One write a frame. curses flushes before every character beyond ASCII, which makes some thirty
 * writes of a picture, and on a line of its own thirty packets. So what it sends between
 * frame_begin() and frame_end() goes to memory, loses what changes nothing, and leaves in one
 * piece.
 */
#ifndef KSX_TUI_FRAME_H
#define KSX_TUI_FRAME_H

#include <stdio.h>

FILE *
frame_open(void); /* what curses shall write to: the terminal; NULL when there are no descriptors */
void frame_close(void);
void frame_begin(void);
void frame_end(void);

#endif
