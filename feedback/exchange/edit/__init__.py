"""What every file for the edit is made from: the clips of a cut, their names, frames and timecode."""
